/*
 * support: what the tests of contrib/thunderbird share.
 *
 * HOPSEAL_NPM is a folder with node_modules, HOPSEAL_CORPUS that of the corpus
 * (corpus.py).
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";
import { fileURLToPath } from "node:url";

globalThis.crypto ??= webcrypto; /* node 18 */

const top = fileURLToPath(new URL("../../..", import.meta.url));

export const extension = `${top}/contrib/thunderbird`;
export const vectors = `${top}/tests/vectors/stamp`;
export const npm = createRequire(`${process.env.HOPSEAL_NPM}/x.js`);

/* A module of the extension. */
export function load(name) {
	return import(`${extension}/${name}`);
}

export function read(path) {
	return new Uint8Array(fs.readFileSync(path));
}

export function readJson(path) {
	return JSON.parse(fs.readFileSync(path, "utf8"));
}

export function vector(name) {
	return read(`${vectors}/${name}`);
}

export const keyLine = fs.readFileSync(`${vectors}/keys.txt`, "ascii");
export const NOW = 1795428107; /* 100 seconds after the vectors were stamped */

const { readSettings } = await load("policy/settings.js");
const { makeLookup } = await load("dns/resolver.js");
const { judge } = await load("policy/judge.js");
const { verifyMessage } = await load("stamp/verify.js");

export const latin1 = (text) => new Uint8Array(Buffer.from(text, "latin1"));

/* The result of verifyMessage, with the keys of these lines pinned. */
export function verifyWith(message, keys = [keyLine], now = NOW) {
	const settings = readSettings({ keys });

	return verifyMessage(message, { trusted: settings.trusted, now,
		lookup: makeLookup(settings, null) });
}

/* The judgement, with these settings as they are stored. */
export function judgeWith(message, raw, own = false) {
	const settings = readSettings({ keys: [keyLine], ...raw });

	return judge(message, settings, makeLookup(settings, null), NOW, own);
}

const source = fs.readFileSync(
    new URL("fakebrowser.js", import.meta.url), "utf8");

/* fakebrowser.js is no module, since it is put into pages, too. */
export const fakeBrowser = new Function(`${source}; return fakeBrowser;`)();

export function fakeOf(state) {
	const language = state.language ?? "en";

	return fakeBrowser({ keys: [keyLine], ...state, language,
		texts: readJson(`${extension}/_locales/${language}/messages.json`) });
}
