/*
 * octets: between octets and text of which each character is one octet.
 *
 * Header fields are read as such text, so that nothing is decoded, and so
 * changed, before it is checked.
 */
const PIECE = 32768; /* what fits on the stack as arguments */

export function textOf(octets) {
	let text = "";

	for (let at = 0; at < octets.length; at += PIECE)
		text += String.fromCharCode(...octets.subarray(at, at + PIECE));
	return text;
}

export function octetsOf(text) {
	return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

export function sameOctets(a, b) {
	return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/* Without leading and trailing SP, HTAB, CR, LF: String.trim takes more. */
export function trim(text) {
	return text.replace(/^[ \t\r\n]+/, "").replace(/[ \t\r\n]+$/, "");
}
