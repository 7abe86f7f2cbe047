/* The button and its words, with a browser that is not there. */
import assert from "node:assert";
import fs from "node:fs";
import { test } from "node:test";
import { extension, fakeOf, latin1, load, readJson, vector }
    from "./support.mjs";

const { Button } = await load("show/button.js");
const { inWords } = await load("show/words.js");
const { judgeMessage } = await load("show/displayed.js");
const languages = fs.readdirSync(`${extension}/_locales`);
const TAB = { id: 7 };
const INBOX = { specialUse: ["inbox"] };
const PLAIN = vector("plain.eml");
const BARE = latin1("From: alice@sender.example\r\n\r\nHello\r\n");

function browserWith(octets, more = {}) {
	return fakeOf({ messages: { 1: { octets, folder: INBOX } }, ...more });
}

for (const [octets, icon, title] of [
    [PLAIN, "verified", "Received over TLS"],
    [vector("bad-body.eml"), "bad", "The stamp does not hold"],
    [BARE, "none", "No stamp"]])
	test(`button: ${icon}`, async () => {
		const browser = browserWith(octets);

		await new Button(browser).show(TAB, browser.list(1));
		assert.deepEqual(browser.painted[7], {
			path: `/icons/${icon}.svg`, title, label: title });
	});

test("button: nothing is said of several messages, or of none", async () => {
	for (const ids of [[], [1, 1]]) {
		const browser = browserWith(PLAIN);

		await new Button(browser).show(TAB, browser.list(...ids));
		assert.equal(browser.painted[7].path, "/icons/none.svg");
	}
});

test("button: a message that cannot be read is never green", async () => {
	const browser = browserWith(Promise.reject(new Error("gone")));
	const { error } = console;

	console.error = () => {};
	await new Button(browser).show(TAB, browser.list(1));
	console.error = error;
	assert.deepEqual(browser.painted[7].path, "/icons/none.svg");
	assert.match(browser.painted[7].title, /could not be read/);
});

test("button: a late verdict is not shown on another message", async () => {
	let release;
	const late = new Promise((done) => { release = () => done(PLAIN); });
	const browser = fakeOf({ messages: { 1: { octets: late, folder: INBOX },
		2: { octets: BARE, folder: INBOX } } });
	const button = new Button(browser);
	const first = button.show(TAB, browser.list(1));

	await button.show(TAB, browser.list(2));
	release();
	await first;
	assert.equal(browser.painted[7].path, "/icons/none.svg");
	assert.equal(browser.painted[7].title, "No stamp");
});

test("button: what was shown goes before the next is judged", async () => {
	const browser = browserWith(PLAIN);
	const button = new Button(browser);

	await button.show(TAB, browser.list(1));
	browser.state.messages[2] = { octets: new Promise(() => {}),
		folder: INBOX };
	button.show(TAB, browser.list(2));
	await new Promise(setImmediate);
	assert.equal(browser.painted[7].path, "/icons/none.svg");
});

test("background: listens from the start", async () => {
	const browser = browserWith(PLAIN);

	globalThis.messenger = browser;
	await load("background.js");
	await browser.listeners.onMessagesDisplayed(TAB, browser.list(1));
	browser.listeners.onRemoved(7);
	assert.equal(browser.painted[7].title, "Received over TLS");
});

test("promises are not of folders of the reader's own", async () => {
	for (const [use, state] of [["inbox", "absent"], ["sent", "none"],
	    ["drafts", "none"]]) {
		const browser = fakeOf({ managed: {
			promises: ["sender.example"] }, messages: {
			1: { octets: BARE, folder: { specialUse: [use] } } } });
		const [header] = browser.list(1).messages;

		assert.equal((await judgeMessage(browser, header)).state, state);
	}
});

async function wordsOf(octets, more = {}) {
	const browser = browserWith(octets, more);
	const [header] = browser.list(1).messages;

	return inWords(await judgeMessage(browser, header),
	    browser.i18n.getMessage, browser.i18n.getUILanguage(), "UTC");
}

test("words: by whom, when, from where", async () => {
	/* What stands between date and time differs with the version of ICU. */
	assert.match((await wordsOf(PLAIN)).sentence, new RegExp(
	    "^Received over TLS by mx1\\.example\\.org on November 23, 2026" +
	    "( at|,) 10:00:07\\sAM UTC from sender\\.example’s server\\.$"));
	assert.equal((await wordsOf(PLAIN, { language: "de" })).sentence,
	    "Über TLS empfangen von mx1.example.org am 23. November 2026 um " +
	    "10:00:07 UTC vom Server von sender.example.");
});

test("words: of what does not verify only the reason", async () => {
	for (const name of ["bad-body", "bad-subject", "bad-second-from"]) {
		const words = await wordsOf(vector(`${name}.eml`));

		assert.deepEqual([words.sentence, words.rows, words.notes],
		    ["", [], []]);
		assert.ok(words.why.length > 20);
		assert.doesNotMatch(JSON.stringify(words),
		    /example\.org|192\.0|TLSv1|sender\.example/);
	}
});

const STAMP = { d: "example.org", by: "mx.example.org", t: 1795428007,
	tls: "TLSv1.3", cipher: "X", bits: 256, cert: "trusted", sender: "-",
	mode: "fallback-allowed" };
const PASSED = { state: "verified", uncovered: [], unmet: [] };
const REASONS = ["signature", "body", "future", "coverage", "hidden", "dns",
    "syntax", "version", "no key", "revoked", "key window", "algorithm"];

for (const language of languages) {
	const say = fakeOf({ language, messages: {} }).i18n.getMessage;

	test(`words: every judgement in ${language}`, () => {
		const all = [...REASONS.map((reason) => ({ state: "bad", reason })),
		    ...["unpinned", "absent", "none"].map((state) => ({ state })),
		    ...["require", "prefer", "fallback-allowed"].flatMap((mode) =>
			["trusted", "failed", "none", "unknown"].map((cert) =>
			    ({ ...PASSED, uncovered: ["to", "cc"],
				stamp: { ...STAMP, mode, cert, ip: "192.0.2.1",
				    id: "x", next: "require" } }))),
		    { ...PASSED, stamp: STAMP }, { ...PASSED, state: "below",
			unmet: ["mode", "tls", "bits", "cert"], stamp: STAMP }];

		for (const judgement of all) {
			const words = inWords(judgement, say, language, "UTC");
			const text = JSON.stringify(words);

			assert.ok(words.title.length > 3);
			assert.equal(words.why === "",
			    judgement.state === "verified");
			assert.doesNotMatch(text, /undefined|null|\$\w+\$/);
		}
	});

	test(`words: a certificate's name is escaped in ${language}`, () => {
		const cn = "<b>\u0000\n\xe2\x80\xae\\x\x7f";
		const { rows } = inWords({ ...PASSED, stamp: { ...STAMP, cn } },
		    say, language, "UTC");

		assert.ok(rows.some(({ value }) => value.endsWith(
		    "<b>\\x00\\x0A\\xE2\\x80\\xAE\\x5Cx\\x7F")));
	});

	test(`locale ${language}: as the English one, and careful words`, () => {
		const texts = readJson(
		    `${extension}/_locales/${language}/messages.json`);
		const english = readJson(
		    `${extension}/_locales/en/messages.json`);

		assert.deepEqual(Object.keys(texts), Object.keys(english));
		for (const [name, { message, placeholders }] of
		    Object.entries(texts)) {
			assert.deepEqual(placeholders,
			    english[name].placeholders);
			assert.doesNotMatch(message,
			    /\b(in)?secure|\bsafe|sicher(?!heit der)/i, name);
		}
	});
}

test("package: every text that a page names is there", () => {
	const texts = readJson(`${extension}/_locales/en/messages.json`);
	const html = fs.readFileSync(`${extension}/options/options.html`, "utf8");
	const manifest = fs.readFileSync(`${extension}/manifest.json`, "utf8");
	const names = [...html.matchAll(/data-text="(\w+)"/g),
	    ...manifest.matchAll(/__MSG_(\w+)__/g)].map((found) => found[1]);

	assert.ok(names.length > 10);
	for (const name of names)
		assert.ok(texts[name], name);
});

test("package: what it asks for, and whom its lock file names", () => {
	const manifest = readJson(`${extension}/manifest.json`);
	const lock = fs.readFileSync(`${extension}/package-lock.json`, "utf8");

	assert.equal(manifest.manifest_version, 3);
	assert.equal(manifest.browser_specific_settings.gecko.strict_min_version,
	    "140.0");
	assert.deepEqual(manifest.permissions, ["messagesRead", "storage"]);
	for (const key of ["experiment_apis", "host_permissions",
	    "content_security_policy", "content_scripts"])
		assert.equal(manifest[key], undefined);
	for (const found of lock.matchAll(/"resolved": "https:\/\/([^/"]+)/g))
		assert.equal(found[1], "registry.npmjs.org");
});

test("package: nothing writes markup", () => {
	for (const name of ["show/popup.js", "options/options.js"])
		assert.doesNotMatch(fs.readFileSync(`${extension}/${name}`,
		    "utf8"), /innerHTML|outerHTML|insertAdjacent|document\.write/);
});
