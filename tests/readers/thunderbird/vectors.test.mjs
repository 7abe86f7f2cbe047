/* The vectors of the stamp, and changes to every octet of them. */
import assert from "node:assert";
import { test } from "node:test";
import { latin1, load, vector, verifyWith } from "./support.mjs";

const { canonBody } = await load("stamp/canon.js");
const { readHeader } = await load("stamp/header.js");
const { textOf } = await load("stamp/octets.js");
const { readStamp, readStampTags } = await load("stamp/stamp.js");
const { signedOctets } = await load("stamp/verify.js");

for (const [name, result, reason] of [
    ["plain", "pass"], ["folded", "pass"], ["bad-body", "fail", "body"],
    ["bad-subject", "fail", "signature"],
    ["bad-second-from", "fail", "signature"]])
	test(`vector ${name}`, async () => {
		const found = await verifyWith(vector(`${name}.eml`));

		assert.equal(found.result, result);
		assert.equal(found.reason, reason);
		assert.equal(found.stamp === undefined, result !== "pass");
	});

for (const name of ["plain", "folded"])
	test(`signed octets of ${name}`, () => {
		const { fields } = readHeader(vector(`${name}.eml`));
		const tags = readStampTags(fields[0].value);

		assert.deepEqual(
		    signedOctets(fields, 0, tags, readStamp(tags).stamp.h),
		    vector(`${name}.data`));
	});

for (const [name, body, want] of [
    ["empty", "", ""], ["empty lines", "\r\n\r\n", ""],
    ["blanks only", " \t\r\n \r\n", ""],
    ["no line end", "a", "a\r\n"], ["lf", "a\nb\n", "a\r\nb\r\n"],
    ["runs", " a \t b\t\r\n", " a b\r\n"],
    ["empty lines inside", "a\r\n\r\nb\r\n\r\n", "a\r\n\r\nb\r\n"],
    ["bare cr", "a\rb \r\r\n", "a\rb \r\r\n"],
    ["cr at the end", "a\r", "a\r\r\n"],
    ["blank before a bare cr", "a \rb", "a \rb\r\n"],
    ["8 bit and nul", "\xff\0\x80", "\xff\0\x80\r\n"]])
	test(`relaxed body: ${name}`, () => {
		assert.equal(textOf(canonBody(latin1(body))), want);
	});

/* Is it a letter of a field's name? Their case does not count. */
function nameLetters(text) {
	const inName = new Set();

	for (const found of text.split("\r\n\r\n")[0]
	    .matchAll(/^[A-Za-z-]+(?=:)/gm))
		for (let i = 0; i < found[0].length; i++)
			inName.add(found.index + i);
	return inName;
}

const isBlank = (octet) => [9, 10, 13, 32].includes(octet);

/*
 * Every field of plain.eml is signed: no octet may be another, but for what
 * relaxed canonicalization is for: a CR that becomes a tab before its LF.
 */
test("no octet can be changed", async () => {
	const good = vector("plain.eml");
	const inName = nameLetters(textOf(good));
	let tried = 0;

	for (let at = 0; at < good.length; at++)
		for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
			if (bit === 32 && inName.has(at) ||
			    isBlank(good[at]) && isBlank(good[at] ^ bit))
				continue;
			const bad = Uint8Array.from(good);

			bad[at] ^= bit;
			const { result } = await verifyWith(bad);

			assert.notEqual(result, "pass",
			    `octet ${at}, bit ${bit}`);
			tried++;
		}
	assert.ok(tried > 7 * good.length);
});

/* Blanks may go where others stay; no other octet may. */
test("no octet can be left out or added", async () => {
	const good = textOf(vector("plain.eml"));

	for (let at = 0; at <= good.length; at++) {
		const without = good.slice(0, at) + good.slice(at + 1);
		const more = `${good.slice(0, at)}x${good.slice(at)}`;

		if (/[^ \r\n]/.test(good[at] ?? " "))
			assert.notEqual((await verifyWith(latin1(without))).result,
			    "pass", `without octet ${at}`);
		assert.notEqual((await verifyWith(latin1(more))).result, "pass",
		    `one more before octet ${at}`);
	}
});

test("nothing of it verifies without its key", async () => {
	assert.equal((await verifyWith(vector("plain.eml"), [])).result,
	    "foreign");
});
