/*
 * resolver: where the key of a stamp comes from: the pinned keys; then, only
 * if it is switched on and the domain is pinned by name, DNS over HTTPS.
 *
 * A query tells the resolver that mail of that domain is read, and when.
 * Source: RFC 8484, 4.1.
 */
import { isRevoked } from "../stamp/keyrecord.js";
import { makeQuery, readAnswer } from "./dnsmessage.js";

const ANSWER_MAX = 65535, TIMEOUT = 5000; /* octets; milliseconds */

function base64url(octets) {
	return btoa(String.fromCharCode(...octets)).replace(/\+/g, "-")
	    .replace(/\//g, "_").replace(/=+$/, "");
}

/* The record of that name, null for none. Rejects: there is no answer. */
async function ask(resolver, name, fetch) {
	const url = new URL(resolver);

	url.searchParams.set("dns", base64url(makeQuery(name)));
	const response = await fetch(url.href, {
		headers: { Accept: "application/dns-message" },
		credentials: "omit",
		referrerPolicy: "no-referrer",
		redirect: "error",
		signal: AbortSignal.timeout(TIMEOUT),
	});

	if (!response.ok)
		throw new Error(`the resolver answers ${response.status}`);
	const octets = new Uint8Array(await response.arrayBuffer());

	if (octets.length > ANSWER_MAX)
		throw new RangeError("the DNS answer is too long");
	const texts = readAnswer(octets, name);

	return texts.find(isRevoked) ??
	    texts.find((text) => text.startsWith("v=DS1")) ??
	    texts[0] ?? null;
}

/* The lookup of verify.js. settings: settings.js. */
export function makeLookup(settings, fetch) {
	return async (name) => {
		/* A selector may look like a name of another domain. */
		const domain = name.split("._delivered-securely.").at(-1);

		if (settings.keys.has(name))
			return settings.keys.get(name);
		if (settings.resolver === null ||
		    !settings.dnsDomains.includes(domain))
			return null;
		return ask(settings.resolver, name, fetch);
	};
}
