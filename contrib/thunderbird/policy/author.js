/*
 * author: the domains that the From fields of a message name.
 *
 * Any domain behind an `@` counts, of a display name too: a promise must not
 * be evaded by an unusual way to write an address. Source: RFC 5322, 3.4 and
 * 4.4.
 */
import { readName } from "../stamp/grammar.js";
import { readHeader } from "../stamp/header.js";
import { octetsOf } from "../stamp/octets.js";

function withoutComments(text) {
	let before;

	do {
		before = text;
		text = text.replace(/\([^()]*\)/g, "");
	} while (text !== before);
	return text;
}

/* A name in A-labels, or null. */
function asciiName(name) {
	if (/^[!-~]*$/.test(name))
		return readName(name);
	return URL.canParse(`http://${name}/`)
	    ? readName(new URL(`http://${name}/`).hostname) : null;
}

export function authorDomains(message) {
	const header = readHeader(message);
	const from = header === null ? [] : header.fields.filter((field) =>
	    field.name.toLowerCase() === "from");
	const text = new TextDecoder().decode(octetsOf(
	    from.map((field) => field.value).join(",")));
	const bare = withoutComments(text).replace(/\s*([.@])\s*/g, "$1");
	const names = bare.match(/(?<=@)[^\s<>()[\]\\,;:@"]+/g) || [];

	return [...new Set(names.map(asciiName))].filter((name) =>
	    name !== null);
}
