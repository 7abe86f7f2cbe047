/*
 * verify: does a message bear a stamp of a pinned signer that holds?
 *
 * Octets in, result out; keys and time are passed in. Results and reasons are
 * those of hopseal verify, and two more of its own: `coverage` (coverage.js)
 * and `hidden` (header.js). Source: hopseal(8), verify; RFC 6376, 6.1.
 */
import { canonBody, canonField } from "./canon.js";
import { lookAtCoverage } from "./coverage.js";
import { isNamed, readHeader } from "./header.js";
import { keyName, readKeyRecord } from "./keyrecord.js";
import { octetsOf, sameOctets } from "./octets.js";
import { readPublicKey, sha256, verifies } from "./publickey.js";
import { FIELD_NAME, readStamp, readStampDomain, readStampTags,
    withoutSignature } from "./stamp.js";

const STAMPS_MAX = 5; /* so many are looked at */
const CLOCK_SKEW = 300; /* seconds by which t= may be ahead */

/* Which of several results speaks for the message: the first of these. */
const RANK = ["pass", "temperror", "fail", "permerror", "foreign", "none"];

function permerror(reason) {
	return { result: "permerror", reason };
}

function fail(reason) {
	return { result: "fail", reason };
}

/*
 * The octets that the signature covers: the fields of h=, from the bottom for
 * equal names, then the stamp itself with an empty b=.
 */
export function signedOctets(fields, index, tags, covered) {
	const left = fields.map((field) => field.name.toLowerCase());
	const own = fields[index];
	let text = "";

	left[index] = null;
	for (const name of covered) {
		const at = left.lastIndexOf(name);

		if (at < 0)
			continue;
		text += canonField(name, fields[at].value) + "\r\n";
		left[at] = null;
	}
	return octetsOf(text +
	    canonField(own.name, withoutSignature(own.value, tags)));
}

/* {key}, or the result that ends it. */
async function fetchKey(stamp, lookup) {
	const name = keyName(stamp);
	let record;

	if (name.length > 253)
		return permerror("no key");
	try {
		record = await lookup(name);
	} catch {
		return { result: "temperror", reason: "dns" };
	}
	if (record === null)
		return permerror("no key");
	const { flaw, key } = readKeyRecord(record);

	if (flaw !== undefined)
		return permerror(flaw);
	if (key.algorithm !== stamp.a)
		return permerror("algorithm");
	if (stamp.t < key.notBefore || stamp.t > key.notAfter)
		return permerror("key window");
	const publicKey = await readPublicKey(key.algorithm, key.octets);

	return publicKey === null ? permerror("algorithm") : { publicKey };
}

/* What a signature that holds says of body, time and header. */
async function checkAssertions(message, stamp, now) {
	const { broken, uncovered } = lookAtCoverage(message.fields, stamp.h);

	message.bodyHash ??= await sha256(canonBody(message.body));
	if (!sameOctets(message.bodyHash, stamp.bh))
		return fail("body");
	if (stamp.t - now > CLOCK_SKEW)
		return fail("future");
	if (message.fields.some((field) => field.hidden))
		return fail("hidden");
	if (broken)
		return fail("coverage");
	return { result: "pass", stamp, uncovered };
}

async function checkStamp(message, index, query) {
	const { fields } = message;
	const tags = readStampTags(fields[index].value);
	const domain = tags === null ? null : readStampDomain(tags);

	if (domain === null)
		return permerror("syntax");
	if (!query.trusted.includes(domain))
		return { result: "foreign" };
	const { flaw, stamp } = readStamp(tags);

	if (flaw !== undefined)
		return permerror(flaw);
	const { publicKey, ...finding } = await fetchKey(stamp, query.lookup);

	if (publicKey === undefined)
		return finding;
	if (!await verifies(publicKey, stamp.b,
	    signedOctets(fields, index, tags, stamp.h)))
		return fail("signature");
	return checkAssertions(message, stamp, query.now);
}

/*
 * query: trusted (domains, lower case; of none is nothing trusted), lookup (of
 * a key's name: a promise of its record, null for none; rejects when it could
 * not be asked), now (seconds since 1970).
 *
 * Returns {result, reason}; on a pass also {stamp, uncovered}. Of a stamp
 * that does not verify nothing is returned but the reason.
 */
export async function verifyMessage(octets, query) {
	const message = readHeader(octets);
	let best = { result: "none" };
	let count = 0;

	if (message === null)
		return permerror("syntax");
	for (let i = 0; i < message.fields.length; i++) {
		if (!isNamed(message.fields[i], FIELD_NAME))
			continue;
		if (++count > STAMPS_MAX || best.result === "pass")
			break;
		const finding = await checkStamp(message, i, query);

		if (RANK.indexOf(finding.result) < RANK.indexOf(best.result))
			best = finding;
	}
	return best;
}
