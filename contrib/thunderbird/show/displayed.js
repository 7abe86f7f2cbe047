/*
 * displayed: judge the message that a tab of Thunderbird shows.
 */
import { makeLookup } from "../dns/resolver.js";
import { judge } from "../policy/judge.js";
import { loadSettings } from "../policy/settings.js";

const OWN_FOLDERS = ["sent", "drafts", "templates", "outbox"];

function isOwn(header) {
	return (header.folder?.specialUse ?? []).some((use) =>
	    OWN_FOLDERS.includes(use));
}

/* header: a messages.MessageHeader. */
export async function judgeMessage(browser, header) {
	const settings = await loadSettings(browser.storage);
	const file = await browser.messages.getRaw(header.id,
	    { data_format: "File" });
	const message = new Uint8Array(await file.arrayBuffer());
	const now = Math.floor(Date.now() / 1000);

	return judge(message, settings, makeLookup(settings, fetch), now,
	    isOwn(header));
}

/* The one message of a messages.MessageList; null for none or several. */
export function onlyOne(list) {
	return list.messages.length === 1 ? list.messages[0] : null;
}
