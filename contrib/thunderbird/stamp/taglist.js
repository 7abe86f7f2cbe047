/*
 * taglist: a tag list of RFC 6376, 3.2, of a stamp or of a key record.
 *
 * tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
 * tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 * tag-value = [ tval *( 1*(WSP / FWS) tval ) ]
 * tval      = 1*VALCHAR		; VALCHAR = %x21-3A / %x3C-7E
 * tag-name  = ALPHA *( ALPHA / DIGIT / "_" )
 */
import { trim } from "./octets.js";

const TAGS_MAX = 64;

/* Is each line end folded? One at the very end is the end of the field. */
function isFolded(text) {
	return !/\r(?!\n)|\n(?![ \t]|$)/.test(text);
}

/*
 * A Map of name to {value, start, end}: the value without blanks around it,
 * and where it stands in text with them. null: it is no tag list, a tag stands
 * there twice, or there are too many.
 */
export function readTags(text) {
	const tags = new Map();
	let at = 0;

	if (!isFolded(text))
		return null;
	do {
		const semicolon = text.indexOf(";", at);
		const end = semicolon < 0 ? text.length : semicolon;
		const equals = text.slice(at, end).indexOf("=");
		const start = at + equals + 1;
		const name = trim(text.slice(at, start - 1));
		const value = trim(text.slice(start, end));

		if (equals < 0 || !/^[A-Za-z][A-Za-z0-9_]*$/.test(name) ||
		    !/^[ \t\r\n!-~]*$/.test(value) ||
		    tags.has(name) || tags.size === TAGS_MAX)
			return null;
		tags.set(name, { value, start, end });
		at = end + 1;
	} while (trim(text.slice(at)) !== "");
	return tags;
}

export function isFirst(tags, name) {
	return tags.keys().next().value === name;
}
