/*
 * base64: RFC 4648, 4, strictly: whole quads, nothing in the unused bits.
 * Blanks may stand anywhere, since values are folded.
 */
import { octetsOf } from "./octets.js";

/* Octets, or null. */
export function readBase64(text) {
	const bare = text.replace(/[ \t\r\n]/g, "");

	if (!/^[A-Za-z0-9+/]*={0,2}$/.test(bare) || bare.length % 4 !== 0)
		return null;
	const octets = atob(bare);

	return btoa(octets) === bare ? octetsOf(octets) : null;
}

export function readBase64Exactly(text, size) {
	const octets = readBase64(text);

	return octets !== null && octets.length === size ? octets : null;
}
