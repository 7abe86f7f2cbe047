/* Whom we trust, what is promised, and the six states. */
import assert from "node:assert";
import { test } from "node:test";
import { judgeWith, keyLine, latin1, load, readJson, extension, npm, vector }
    from "./support.mjs";

const { loadRaw, readSettings } = await load("policy/settings.js");
const { parsePromise, promisesOf, unmet } = await load("policy/promises.js");
const { authorDomains } = await load("policy/author.js");

const PLAIN = vector("plain.eml");
const FOREIGN = { keys: ["a._delivered-securely.x.example v=DS1; p="] };
const BARE = latin1("From: Alice <alice@sender.example>\r\n\r\nHello\r\n");
const NONSENSE = latin1("Delivered-Securely: v=1; d=example.org\r\n" +
    "From: alice@sender.example\r\n\r\n");

for (const [name, message, raw, want] of [
    ["verified", PLAIN, {}, "verified"],
    ["promise that is met", PLAIN, { promises: [
	"sender.example mode=require tls=TLSv1.3 bits=256"] }, "verified"],
    ["promise of others", PLAIN, { promises: [
	"bank.example cert=trusted"] }, "verified"],
    ["without a certificate", PLAIN, { promises: [
	"sender.example cert=trusted"] }, "below"],
    ["with too few bits", PLAIN, { promises: [
	"sender.example bits=257"] }, "below"],
    ["promise of what is above", PLAIN, { promises: [
	"example bits=257"] }, "below"],
    ["the most specific one counts", PLAIN, { promises: [
	"example bits=257", "sender.example bits=128"] }, "verified"],
    ["nobody pinned", PLAIN, { keys: [] }, "unpinned"],
    ["others pinned", PLAIN, FOREIGN, "unpinned"],
    ["others pinned, and promised", PLAIN,
	{ ...FOREIGN, promises: ["sender.example"] }, "absent"],
    ["subject changed", vector("bad-subject.eml"), {}, "bad"],
    ["body changed", vector("bad-body.eml"), {}, "bad"],
    ["second From", vector("bad-second-from.eml"), {}, "bad"],
    ["bad, and promised", vector("bad-body.eml"),
	{ promises: ["sender.example"] }, "bad"],
    ["no tag list", NONSENSE, {}, "bad"],
    ["no stamp", BARE, {}, "none"],
    ["no stamp, and promised", BARE, { promises: ["sender.example"] },
	"absent"],
    ["no stamp, others promised", BARE, { promises: ["bank.example"] },
	"none"],
    ["empty", latin1(""), { promises: ["sender.example"] }, "none"]])
	test(`state: ${name}`, async () => {
		const judgement = await judgeWith(message, raw);

		assert.equal(judgement.state, want);
		if (!["verified", "below"].includes(want))
			assert.deepEqual(Object.keys(judgement).filter((key) =>
			    !["state", "reason"].includes(key)), []);
	});

test("nothing is promised of the reader's own mail", async () => {
	const raw = { promises: ["sender.example"] };

	assert.equal((await judgeWith(BARE, raw, true)).state, "none");
});

for (const [from, want] of [
    ["Alice <alice@bank.example>", ["bank.example"]],
    ["alice@Bank.Example", ["bank.example"]],
    ["\"ceo@bank.example\" <x@evil.example>",
	["bank.example", "evil.example"]],
    ["a@bank.example, b@x.example", ["bank.example", "x.example"]],
    ["a@bank (not) . (so) example", ["bank.example"]],
    ["a@(x)bank.example", ["bank.example"]],
    ["a @ bank.example", ["bank.example"]],
    ["a@\r\n bank.example", ["bank.example"]],
    ["a@b\xc3\xa4nk.example", ["xn--bnk-qla.example"]],
    ["a@bank.example.", ["bank.example"]],
    ["nobody", []], ["a@[192.0.2.1]", []]])
	test(`author: ${JSON.stringify(from)}`, () => {
		assert.deepEqual(authorDomains(latin1(`From: ${from}\r\n\r\n`)),
		    want);
	});

test("author: of all From fields", () => {
	assert.deepEqual(authorDomains(latin1(
	    "From: a@x.example\r\nFROM: b@bank.example\r\n\r\n")),
	["x.example", "bank.example"]);
});

for (const [line, want] of [
    ["bank.example", { domain: "bank.example" }],
    [" Bank.Example.  bits=128 ", { domain: "bank.example", bits: 128 }],
    ["bank.example mode=require tls=TLSv1.2 cert=trusted",
	{ domain: "bank.example", mode: "require", tls: "TLSv1.2",
	    cert: "trusted" }],
    ["", null], ["bank..example", null], ["bank.example mode", null],
    ["bank.example mode=must", null], ["bank.example tls=SSLv3", null],
    ["bank.example bits=many", null], ["bank.example cert=none", null],
    ["bank.example domain=x", null], ["bank.example colour=green", null],
    ["bank.example bits=1 bits=2", null]])
	test(`promise: ${line}`, () => {
		assert.deepEqual(parsePromise(line), want);
	});

test("promise: what is not met", () => {
	const promise = parsePromise(
	    "x mode=require tls=TLSv1.2 bits=128 cert=trusted");
	const stamp = { mode: "require", tls: "TLSv1.2", bits: 128,
		cert: "trusted" };

	assert.deepEqual(unmet(promise, stamp), []);
	for (const [name, value] of [["mode", "prefer"], ["tls", "TLSv1.1"],
	    ["tls", "QUIC"], ["bits", 127], ["cert", "failed"]])
		assert.deepEqual(unmet(promise, { ...stamp, [name]: value }),
		    [name]);
});

test("promise: not of a domain that only ends so", () => {
	const promises = [parsePromise("bank.example")];

	assert.equal(promisesOf(promises, ["mybank.example"]).length, 0);
	assert.equal(promisesOf(promises, ["a.bank.example"]).length, 1);
});

test("settings: bad lines are named and widen nothing", () => {
	const bad = ["example.org v=DS1; k=ed25519; p=AAAA",
	    "._delivered-securely.example.org v=DS1",
	    "a._delivered-securely.b._delivered-securely.c v=DS1"];
	const settings = readSettings({ keys: [...bad, "# note", "", keyLine],
		promises: ["x y=z"], resolver: "http://dns.example/",
		domains: ["x.example"] });

	assert.deepEqual(settings.faults,
	    ["http://dns.example/", ...bad, "x y=z"]);
	assert.deepEqual(settings.trusted, ["example.org"]);
});

test("settings: of several records of a name the first one counts", () => {
	const other = keyLine.replace("p=11", "p=22");
	const { keys } = readSettings({ keys: [other.toUpperCase(), keyLine] });

	assert.equal(keys.size, 1);
	assert.match([...keys.values()][0], /P=22/);
});

const REVOKED = keyLine.replace(/p=.*/, "p=");

for (const [order, keys] of [
    ["later", [keyLine, REVOKED.toUpperCase().replace("V=DS1", "v=DS1")
	.replace("P=", "p=")]],
    ["before", [REVOKED, keyLine]],
    ["between", [keyLine, REVOKED, keyLine]]])
	test(`settings: a record that is revoked ${order} counts`, async () => {
		assert.deepEqual(await judgeWith(PLAIN, { keys }),
		    { state: "bad", reason: "revoked" });
	});

for (const raw of [{}, { keys: "text" }, { keys: [1, null] },
    { domains: {}, promises: 3, resolver: [] }])
	test(`settings: ${JSON.stringify(raw)} pins nobody`, () => {
		assert.deepEqual(readSettings(raw).trusted, []);
	});

function stored(managed, local) {
	return { local: { get: async () => local },
		managed: { get: async () => {
			if (managed === null)
				throw new Error("not found");
			return managed;
		} } };
}

test("settings: the administrator's replace the user's", async () => {
	const mine = { keys: [keyLine] };

	assert.deepEqual(await loadRaw(stored(null, mine)),
	    { raw: mine, managed: false });
	assert.deepEqual(await loadRaw(stored({}, mine)),
	    { raw: mine, managed: false });
	for (const managed of [{ keys: [] }, { promises: ["x.example"] }])
		assert.deepEqual(await loadRaw(stored(managed, mine)),
		    { raw: managed, managed: true });
});

test("settings: policies.json is as its schema says, and can be read", () => {
	const Ajv = npm("ajv");
	const schema = readJson(`${extension}/managed_schema.json`);
	const { id } = readJson(`${extension}/manifest.json`)
	    .browser_specific_settings.gecko;
	const policies = readJson(`${extension}/policies.json`).policies;
	const raw = policies["3rdparty"].Extensions[id];
	const isValid = new Ajv().compile(schema);

	assert.ok(policies.ExtensionSettings[id]);
	assert.ok(isValid(raw), JSON.stringify(isValid.errors));
	assert.ok(!isValid({ keys: ["nonsense"] }));
	assert.ok(!isValid({ key: [] }));
	assert.deepEqual(readSettings(raw).faults, []);
	assert.deepEqual(readSettings(raw).trusted, ["example.org"]);
});
