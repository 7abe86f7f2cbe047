/*
 * Messages at random, canonicalized by mailauth and signed by OpenSSL: our
 * verifier must come to the same octets.
 *
 * mailauth knows DKIM, whose field has another name, so that it cannot verify a
 * stamp as it stands; its canonicalization and its choice of signed fields do
 * not depend on the name.
 */
import assert from "node:assert";
import crypto from "node:crypto";
import { test } from "node:test";
import { latin1, npm, verifyWith } from "./support.mjs";

const { dkimBody } = npm("mailauth/lib/dkim/body/index.js");
const { generateCanonicalizedHeader } = npm(
    "mailauth/lib/dkim/header/index.js");
const { getSigningHeaderLines, parseHeaders } = npm("mailauth/lib/tools.js");

const RELAXED = "relaxed/relaxed";
const ROUNDS = 300;

/* A generator of numbers that is the same each time. */
function makeRandom(seed) {
	return (below) => {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		return Math.floor(seed / 4294967296 * below);
	};
}

function pick(random, choices) {
	return choices[random(choices.length)];
}

const WORDS = ["a", "Bob", "<x@y.example>", "=?utf-8?q?=C3?=", "1", ":;",
    "gr\xfc\xdfe", "\xff\x80"];
const BLANKS = [" ", "  ", "\t", " \t ", "\r\n ", "\r\n\t "];
const ENDS = ["\r\n", "\r\n", "\r\n\r\n", " \r\n", "\t\r\n", "\r\n \r\n"];

function someWords(random, between) {
	let text = pick(random, ["", " "]);

	for (let i = random(8); i >= 0; i--)
		text += pick(random, WORDS) + pick(random, between);
	return text;
}

function someMessage(random) {
	const names = ["FROM", "to", "Subject", "sUbJeCt ", "Date", "X-Other",
	    "Received"];
	let text = `From:${someWords(random, [" ", "\r\n\t"])}x\r\n`;
	let body = "";

	for (let i = random(6); i > 0; i--)
		text += `${pick(random, names.slice(1))}:` +
		    `${someWords(random, BLANKS)}x\r\n`;
	for (let i = random(12); i > 0; i--)
		body += someWords(random, [" ", "\t ", ...ENDS]) +
		    pick(random, ENDS);
	return { header: `${text}\r\n`, body };
}

function signingLines(header, h) {
	const parsed = parseHeaders(Buffer.from(header, "latin1"));

	return getSigningHeaderLines(parsed.parsed, h, true);
}

function stampOf({ header, body }, algorithm, privateKey, h) {
	const hash = dkimBody(RELAXED, "sha256");
	const value = (bh) => `v=1; a=${algorithm}; c=${RELAXED};\r\n ` +
	    "d=oracle.example; s=o; t=1795428007; by=mx.oracle.example; " +
	    "tls=TLSv1.3;\r\n\tcipher=X; bits=256; cert=none; sender=-; " +
	    `mode=prefer; h=${h};\r\n bh=${bh}; b=`;

	hash.update(Buffer.from(body, "latin1"));
	const line = `Delivered-Securely: ${value(hash.digest("base64"))}`;
	const { canonicalizedHeader } = generateCanonicalizedHeader("DKIM",
	    signingLines(header, h),
	    { canonicalization: RELAXED, signatureHeaderLine: line });
	const b = algorithm === "rsa-sha256"
	    ? crypto.sign("sha256", canonicalizedHeader, privateKey)
	    : crypto.sign(null, crypto.createHash("sha256")
		.update(canonicalizedHeader).digest(), privateKey);

	return `${line}${b.toString("base64")}\r\n`;
}

function keysOf(algorithm) {
	const { privateKey, publicKey } = algorithm === "rsa-sha256"
	    ? crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
	    : crypto.generateKeyPairSync("ed25519");
	const der = publicKey.export({ type: "spki", format: "der" });
	const rsa = algorithm === "rsa-sha256";
	/* RFC 8410: a SubjectPublicKeyInfo ends with the raw 32 octets. */
	const p = (rsa ? der : der.subarray(-32)).toString("base64");

	return { privateKey, line: "o._delivered-securely.oracle.example " +
	    `v=DS1; k=${rsa ? "rsa" : "ed25519"}; p=${p}` };
}

for (const algorithm of ["ed25519-sha256", "rsa-sha256"])
	test(`${algorithm}: as mailauth has it`, async () => {
		const random = makeRandom(algorithm.length);
		const { privateKey, line } = keysOf(algorithm);

		for (let round = 0; round < ROUNDS; round++) {
			const message = someMessage(random);
			const h = "from:from:to:to:to:to:to:to:to:subject:subject:" +
			    "subject:subject:subject:subject:subject:date:cc";
			const octets = stampOf(message, algorithm, privateKey, h) +
			    message.header + message.body;
			const found = await verifyWith(latin1(octets), [line]);

			assert.equal(found.result, "pass",
			    `round ${round}: ${found.reason}\n${octets}`);
			const { result } = await verifyWith(latin1(octets.replace(
			    "mode=prefer", "mode=require")), [line]);

			assert.equal(result, "fail");
		}
	});
