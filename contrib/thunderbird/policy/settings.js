/*
 * settings: whom the administrator pinned, and what is promised.
 *
 *	keys		lines `NAME RECORD`, as hopseal keygen prints them; each
 *			pins the domain of its name
 *	domains		domains pinned by name: their keys are taken from DNS
 *	resolver	URL of DNS over HTTPS; without it DNS is not asked
 *	promises	lines of promises.js
 *
 * Those of the administrator (managed storage, from policies.json) replace
 * the user's as a whole. What cannot be read is left out and named in
 * faults: it never widens whom we trust.
 */
import { readName } from "../stamp/grammar.js";
import { isRevoked, splitKeyLine } from "../stamp/keyrecord.js";
import { parsePromise } from "./promises.js";

const NAMES = ["keys", "domains", "resolver", "promises"];

/* A list of text; anything else is none. */
function lines(value) {
	return Array.isArray(value)
	    ? value.filter((line) => typeof line === "string") : [];
}

/* The domain that a key's name pins, or null. */
function domainOf(name) {
	const parts = name.split("._delivered-securely.");

	return parts.length === 2 && parts[0] !== ""
	    ? readName(parts[1]) : null;
}

function readKeys(raw, settings) {
	for (const line of lines(raw.keys)) {
		const pair = splitKeyLine(line);

		if (pair === null)
			continue;
		const domain = domainOf(pair[0]);

		if (domain === null) {
			settings.faults.push(line);
			continue;
		}
		/* Of several of a name a revoked one counts, else the first. */
		if (!settings.keys.has(pair[0]) || isRevoked(pair[1]))
			settings.keys.set(...pair);
		settings.trusted.push(domain);
	}
}

function readDomains(raw, settings) {
	for (const line of lines(raw.domains)) {
		const domain = readName(line.trim());

		if (domain === null) {
			settings.faults.push(line);
		} else if (settings.resolver !== null) {
			settings.dnsDomains.push(domain);
			settings.trusted.push(domain);
		}
	}
}

function readResolver(raw, settings) {
	const text = typeof raw.resolver === "string"
	    ? raw.resolver.trim() : "";

	if (text === "")
		return;
	if (URL.canParse(text) && new URL(text).protocol === "https:")
		settings.resolver = text;
	else
		settings.faults.push(text);
}

export function readSettings(raw) {
	const settings = { keys: new Map(), trusted: [], dnsDomains: [],
		resolver: null, promises: [], faults: [] };

	readResolver(raw, settings);
	readKeys(raw, settings);
	readDomains(raw, settings);
	for (const line of lines(raw.promises)) {
		const promise = parsePromise(line);

		if (promise !== null)
			settings.promises.push(promise);
		else if (line.trim() !== "")
			settings.faults.push(line);
	}
	return settings;
}

/* {raw, managed}: as stored. storage: that of the browser. */
export async function loadRaw(storage) {
	/* Without a policy file this rejects. */
	const managed = await storage.managed.get(NAMES).catch(() => ({}));

	if (NAMES.some((name) => Object.hasOwn(managed, name)))
		return { raw: managed, managed: true };
	return { raw: await storage.local.get(NAMES), managed: false };
}

export async function loadSettings(storage) {
	return readSettings((await loadRaw(storage)).raw);
}
