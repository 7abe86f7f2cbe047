/*
 * stamp: the value of a Delivered-Securely field, read strictly. Source:
 * hopseal-stamp(7), as milter/stamp/stamp.c reads it.
 */
import { readBase64, readBase64Exactly } from "./base64.js";
import * as grammar from "./grammar.js";
import { trim } from "./octets.js";
import { isFirst, readTags } from "./taglist.js";

export const FIELD_NAME = "Delivered-Securely";
const FIELD_MAX = 4096; /* a whole field, name and CRLFs included */
const SIGNATURE_MAX = 1024; /* octets; of RSA of 8192 bits */

export const ALGORITHMS = { "ed25519-sha256": "ed25519", "rsa-sha256": "rsa" };
const CERTS = ["unknown", "none", "failed", "trusted"];
export const MODES = ["fallback-allowed", "prefer", "require"];

const REQUIRED = ["v", "a", "c", "d", "s", "t", "by", "tls", "cipher", "bits",
    "cert", "sender", "mode", "h", "bh", "b"];

function only(isGood) {
	return (value) => isGood(value) ? value : null;
}

function isHost(value) {
	return grammar.isName(value) || grammar.isLiteral(value);
}

/* hdr-name *( [FWS] ":" [FWS] hdr-name ), From among them. */
function readCovered(value) {
	const names = value.split(":").map((name) => trim(name).toLowerCase());

	return names.every(grammar.isFieldName) && names.includes("from")
	    ? names : null;
}

function readSignature(value) {
	const octets = readBase64(value);

	return octets !== null && octets.length > 0 &&
	    octets.length <= SIGNATURE_MAX ? octets : null;
}

/* One reader for each tag; null: the value is not what it must be. */
const READERS = {
	c: only((value) => value === "relaxed/relaxed"),
	d: grammar.readName,
	s: only(grammar.isName),
	t: grammar.readTime,
	by: only(isHost),
	id: only(grammar.isToken),
	tls: only(grammar.isToken),
	cipher: only(grammar.isCipher),
	bits: (value) => /^\d{1,5}$/.test(value) ? Number(value) : null,
	cert: only((value) => CERTS.includes(value)),
	cn: grammar.readQuoted,
	ip: only(grammar.isAddress),
	sender: only((value) => value === "-" || isHost(value)),
	rcpt: only(isHost),
	rs: (value) => readBase64Exactly(value, 16),
	rc: (value) => readBase64Exactly(value, 32),
	mode: only((value) => MODES.includes(value)),
	requiretls: only((value) => value === "y"),
	next: only((value) => value === "require"),
	h: readCovered,
	bh: (value) => readBase64Exactly(value, 32),
	b: readSignature,
};

/* The field as others will see it: folds in CRLF, a blank in front. */
function fieldSize(value) {
	const bareLf = value.match(/(?<!\r)\n/g) || [];

	return FIELD_NAME.length + 1 + value.length + 2 + bareLf.length +
	    (/^[ \t\r\n]/.test(value) ? 0 : 1);
}

/* The tags of a field's value, or null. */
export function readStampTags(value) {
	return fieldSize(value) <= FIELD_MAX ? readTags(value) : null;
}

/* The domain that speaks, or null. */
export function readStampDomain(tags) {
	return tags.has("d") ? grammar.readName(tags.get("d").value) : null;
}

/* v= and a= come first: a stamp of another kind may look otherwise. */
function flawOfKind(tags) {
	if (!isFirst(tags, "v"))
		return "syntax";
	if (tags.get("v").value !== "1")
		return "version";
	if (!tags.has("a"))
		return "syntax";
	return Object.hasOwn(ALGORITHMS, tags.get("a").value)
	    ? null : "algorithm";
}

/* {flaw} or {stamp}, whose members are named as the tags. */
export function readStamp(tags) {
	const flaw = flawOfKind(tags);
	const stamp = {};

	if (flaw !== null)
		return { flaw };
	stamp.a = ALGORITHMS[tags.get("a").value];
	for (const [name, read] of Object.entries(READERS)) {
		if (!tags.has(name))
			continue;
		stamp[name] = read(tags.get(name).value);
		if (stamp[name] === null)
			return { flaw: "syntax" };
	}
	if (!REQUIRED.every((name) => tags.has(name)) ||
	    (tags.has("cn") && stamp.cert !== "trusted") ||
	    tags.has("rs") !== tags.has("rc"))
		return { flaw: "syntax" };
	return { stamp };
}

/* The value without that of b=: what is signed of the stamp itself. */
export function withoutSignature(value, tags) {
	const { start, end } = tags.get("b");

	return value.slice(0, start) + value.slice(end);
}
