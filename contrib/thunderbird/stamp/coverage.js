/*
 * coverage: what a reader is shown, and the stamp does not cover.
 *
 * hopseal verify judges the stamp; here the message is shown too, with fields
 * that a stamp may leave out. Those that change what the message seems to be
 * must be covered, however often they occur; others are named to the reader.
 * Source: hopseal-stamp(7), "Signed fields".
 */
const MUST = ["from", "subject", "mime-version", "content-type",
    "content-transfer-encoding"];
const SHOULD = ["to", "cc", "date", "reply-to", "sender", "message-id"];

function isUncovered(name, fields, covered) {
	const occurs = fields.filter((field) =>
	    field.name.toLowerCase() === name).length;

	return occurs > covered.filter((each) => each === name).length;
}

/* {broken: whether one that must be is not, uncovered: names of others}. */
export function lookAtCoverage(fields, covered) {
	return {
		broken: MUST.some((name) => isUncovered(name, fields, covered)),
		uncovered: SHOULD.filter((name) =>
		    isUncovered(name, fields, covered)),
	};
}
