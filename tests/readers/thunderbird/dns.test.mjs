/* DNS over HTTPS: when it is asked, and what is believed. */
import assert from "node:assert";
import { test } from "node:test";
import { keyLine, load, npm } from "./support.mjs";

const packet = npm("dns-packet");
const { makeQuery, readAnswer } = await load("dns/dnsmessage.js");
const { makeLookup } = await load("dns/resolver.js");
const { readSettings } = await load("policy/settings.js");

const NAME = "2026a._delivered-securely.example.org";
const RECORD = keyLine.trim().slice(NAME.length + 1);
const RESOLVER = "https://dns.example/dns-query";

function txt(data, name = NAME) {
	return { type: "TXT", name, ttl: 60, data };
}

function answer(answers, more = {}) {
	return new Uint8Array(packet.encode({ type: "response", id: 0, flags: 0,
		questions: [{ type: "TXT", name: NAME }], answers, ...more }));
}

/* A lookup whose resolver answers so, and the requests that it got. */
function lookupWith(raw, octets, ok = true) {
	const requests = [];
	const lookup = makeLookup(readSettings(raw), async (url, options) => {
		requests.push({ url, options });
		return { ok, status: ok ? 200 : 500,
			arrayBuffer: async () => octets };
	});

	return { lookup, requests };
}

test("a query is what dns-packet reads", () => {
	const { questions, flags } = packet.decode(
	    Buffer.from(makeQuery(NAME)));

	assert.deepEqual(questions,
	    [{ name: NAME, type: "TXT", class: "IN" }]);
	assert.equal(flags, packet.RECURSION_DESIRED);
});

for (const [name, raw, asked] of [
    ["switched off", { domains: ["example.org"] }, 0],
    ["not pinned", { resolver: RESOLVER, domains: ["x.example"] }, 0],
    ["not pinned for DNS", { resolver: RESOLVER, keys: [
	"b._delivered-securely.example.org v=DS1; p="] }, 0],
    ["its key is here", { resolver: RESOLVER, keys: [keyLine],
	domains: ["example.org"] }, 0],
    ["pinned by name", { resolver: RESOLVER, domains: ["example.org"] }, 1]])
	test(`asked: ${name}`, async () => {
		const { lookup, requests } = lookupWith(raw,
		    answer([txt(RECORD)]));
		const found = await lookup(NAME);

		assert.equal(requests.length, asked);
		assert.equal(found, name.includes("not pinned") ||
		    name === "switched off" ? null : RECORD);
	});

test("asked: not pinned, whatever its selector says", async () => {
	const { lookup, requests } = lookupWith(
	    { resolver: RESOLVER, domains: ["example.org"] },
	    answer([txt(RECORD)]));

	assert.equal(await lookup(`${NAME}._delivered-securely.x.example`),
	    null);
	assert.equal(requests.length, 0);
});

test("the request tells nothing but the name", async () => {
	const { lookup, requests } = lookupWith(
	    { resolver: `${RESOLVER}?a=b`, domains: ["example.org"] },
	    answer([txt(RECORD)]));

	await lookup(NAME);
	const { url, options } = requests[0];
	const dns = new URL(url).searchParams.get("dns");

	assert.ok(url.startsWith(`${RESOLVER}?a=b&dns=`));
	assert.deepEqual(new Uint8Array(Buffer.from(dns, "base64url")),
	    makeQuery(NAME));
	assert.equal(options.credentials, "omit");
	assert.equal(options.redirect, "error");
	assert.equal(options.headers.Accept, "application/dns-message");
});

const ALIAS = { type: "CNAME", name: NAME, ttl: 1, data: "key.x.example" };

for (const [name, octets, want] of [
    ["one", answer([txt(RECORD)]), [RECORD]],
    ["in strings", answer([txt([RECORD.slice(0, 9), RECORD.slice(9)])]),
	[RECORD]],
    ["several", answer([txt("v=spf1"), txt(RECORD)]), ["v=spf1", RECORD]],
    ["an alias", answer([ALIAS, txt(RECORD, "key.x.example")]), [RECORD]],
    ["of another case", answer([txt(RECORD, NAME.toUpperCase())]), [RECORD]],
    ["of another name", answer([txt(RECORD, "x.example")]), []],
    ["of another type", answer([{ type: "A", name: NAME, ttl: 1,
	data: "192.0.2.1" }]), []],
    ["none", answer([]), []],
    ["no such name", answer([], { flags: 3 }), []]])
	test(`answer: ${name}`, () => {
		assert.deepEqual(readAnswer(octets, NAME), want);
	});

const GOOD = answer([txt(RECORD)]);
/* A name that points at itself, where the answer's owner stands. */
const LOOP = Uint8Array.from([...GOOD.subarray(0, 12 + NAME.length + 6),
    0xc0, 12 + NAME.length + 6, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0]);

for (const [name, octets] of [
    ["empty", new Uint8Array()],
    ["server failure", answer([], { flags: 2 })],
    ["refused", answer([], { flags: 5 })],
    ["truncated", answer([], { flags: packet.TRUNCATED_RESPONSE })],
    ["no response", new Uint8Array(packet.encode({ type: "query",
	questions: [{ type: "TXT", name: NAME }] }))],
    ["to another question", answer([txt(RECORD)], { questions: [
	{ type: "TXT", name: "x.example" }] })],
    ["name that loops", LOOP],
    ["aliases that loop", answer([{ ...ALIAS, data: NAME }])]])
	test(`no answer: ${name}`, () => {
		assert.throws(() => readAnswer(octets, NAME), RangeError);
	});

test("no answer: cut anywhere", () => {
	for (let end = 0; end < GOOD.length; end++)
		assert.throws(() => readAnswer(GOOD.subarray(0, end), NAME),
		    RangeError);
});

test("a resolver that fails is no answer", async () => {
	const raw = { resolver: RESOLVER, domains: ["example.org"] };

	await assert.rejects(lookupWith(raw, GOOD, false).lookup(NAME));
	await assert.rejects(lookupWith(raw,
	    new Uint8Array(70000)).lookup(NAME));
});

for (const [name, texts, want] of [
    ["the first of ours", ["v=spf1", RECORD, "v=DS1; p=AAAA"], RECORD],
    ["revoked later", [RECORD, "v=DS1; p="], "v=DS1; p="],
    ["revoked before", ["v=DS1; p=", RECORD], "v=DS1; p="],
    ["of another version", [RECORD, "v=DS2; p="], RECORD]])
	test(`several records: ${name}`, async () => {
		const { lookup } = lookupWith(
		    { resolver: RESOLVER, domains: ["example.org"] },
		    answer(texts.map((text) => txt(text))));

		assert.equal(await lookup(NAME), want);
	});

test("no key there is no fault", async () => {
	const raw = { resolver: RESOLVER, domains: ["example.org"] };

	assert.equal(await lookupWith(raw, answer([])).lookup(NAME), null);
});
