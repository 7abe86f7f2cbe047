/*
 * popup: the judgement of the displayed message, in full. It judges afresh, so
 * that what it shows is of what the tab shows now.
 */
import { judgeMessage, onlyOne } from "./displayed.js";
import { inWords } from "./words.js";

function write(id, text) {
	document.getElementById(id).textContent = text;
}

function element(name, text) {
	const made = document.createElement(name);

	made.textContent = text;
	return made;
}

function show(words) {
	document.body.dataset.state = words.state;
	document.getElementById("icon").src = `../icons/${words.state}.svg`;
	for (const id of ["title", "sentence", "why"])
		write(id, words[id]);
	document.getElementById("rows").replaceChildren(
	    ...words.rows.flatMap(({ label, value }) =>
		[element("dt", label), element("dd", value)]));
	document.getElementById("notes").replaceChildren(
	    ...words.notes.map((note) => element("p", note)));
}

async function displayedWords() {
	const { i18n, messageDisplay, tabs } = messenger;
	const [tab] = await tabs.query({ active: true, currentWindow: true });
	const list = await messageDisplay.getDisplayedMessages(tab.id);
	const header = onlyOne(list);
	const judgement = header === null ? { state: "none" }
	    : await judgeMessage(messenger, header);

	return inWords(judgement, i18n.getMessage, i18n.getUILanguage());
}

document.documentElement.lang = messenger.i18n.getUILanguage();
displayedWords().then(show, (fault) => {
	console.error("hopseal:", fault);
	write("title", messenger.i18n.getMessage("title_fault"));
	write("why", messenger.i18n.getMessage("why_fault"));
}).then(() => {
	document.body.dataset.ready = "yes";
});
