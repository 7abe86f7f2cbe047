/*
 * keyrecord: the record of a stamp key, from a key file or from DNS. Source:
 * hopseal-stamp(7), "DNS RECORD"; RFC 6376, 3.6.1.
 */
import { readBase64 } from "./base64.js";
import { readTime } from "./grammar.js";
import { trim } from "./octets.js";
import { isFirst, readTags } from "./taglist.js";

const RECORD_MAX = 4096, KEY_MAX = 2048;
const NEVER = Number.MAX_SAFE_INTEGER;

function bound(tag, otherwise) {
	return tag === undefined ? otherwise : readTime(tag.value);
}

/* {flaw} or {key: {algorithm, octets, notBefore, notAfter}}. */
export function readKeyRecord(text) {
	const tags = text.length <= RECORD_MAX ? readTags(text) : null;

	if (tags === null)
		return { flaw: "syntax" };
	if (!isFirst(tags, "v") || tags.get("v").value !== "DS1")
		return { flaw: "version" };
	const p = tags.get("p"), k = tags.get("k");

	if (p !== undefined && p.value === "")
		return { flaw: "revoked" };
	if (k !== undefined && k.value !== "ed25519" && k.value !== "rsa")
		return { flaw: "algorithm" };
	const octets = p === undefined ? null : readBase64(p.value);
	const notBefore = bound(tags.get("nb"), 0);
	const notAfter = bound(tags.get("na"), NEVER);

	if (k === undefined || octets === null || octets.length > KEY_MAX ||
	    notBefore === null || notAfter === null)
		return { flaw: "syntax" };
	return { key: { algorithm: k.value, octets, notBefore, notAfter } };
}

/* Such a record counts before every other of its name. */
export function isRevoked(text) {
	return readKeyRecord(text).flaw === "revoked";
}

function withoutFinalDot(name) {
	return name.replace(/\.$/, "").toLowerCase();
}

/* `NAME RECORD`: [name, record]; null for a comment or an empty line. */
export function splitKeyLine(line) {
	const text = trim(line);
	const found = /^([^ \t\r\n]+)([^]*)$/.exec(text);

	if (found === null || text.startsWith("#"))
		return null;
	return [withoutFinalDot(found[1]), trim(found[2])];
}

export function keyName(stamp) {
	return withoutFinalDot(`${stamp.s}._delivered-securely.${stamp.d}`);
}
