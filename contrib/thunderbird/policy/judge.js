/*
 * judge: what a reader is told of a message: one of six states.
 *
 *	verified	a stamp of a pinned signer holds
 *	below		it holds, and says less than what is promised
 *	unpinned	there are stamps, none of a pinned signer
 *	bad		the stamp of a pinned signer does not hold
 *	absent		one is promised, and there is none of a pinned signer
 *	none		nothing is stamped, and nothing is promised
 *
 * Pure: settings (settings.js), lookup (resolver.js), time and the message
 * are passed in.
 */
import { verifyMessage } from "../stamp/verify.js";
import { authorDomains } from "./author.js";
import { promisesOf, unmet } from "./promises.js";

function judgePass(found, promises, authors) {
	const { stamp, uncovered } = found;
	const domains = new Set([...authors, stamp.sender.toLowerCase()]);
	const missing = promisesOf(promises, [...domains])
	    .flatMap((promise) => unmet(promise, stamp));

	return {
		state: missing.length > 0 ? "below" : "verified",
		stamp, uncovered, unmet: [...new Set(missing)],
	};
}

/*
 * own: the message is the reader's own, sent or a draft: nothing is promised
 * of it.
 */
export async function judge(message, settings, lookup, now, own = false) {
	const found = await verifyMessage(message,
	    { trusted: settings.trusted, lookup, now });
	const authors = authorDomains(message);
	const isPromised = !own &&
	    promisesOf(settings.promises, authors).length > 0;

	switch (found.result) {
	case "pass":
		return judgePass(found, settings.promises, authors);
	case "foreign":
		return { state: isPromised ? "absent" : "unpinned" };
	case "none":
		return { state: isPromised ? "absent" : "none" };
	default:
		return { state: "bad", reason: found.reason };
	}
}
