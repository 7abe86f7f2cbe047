/*
 * header: a message as header fields and body, as milter/stamp/header.c
 * reads it.
 *
 * Lines end in CRLF or LF. An mbox separator ("From ...") in front is
 * skipped. The header ends at an empty line, or before the first line that
 * is no field. Source: RFC 5322, 2.1 and 2.2; RFC 4155.
 */
import { textOf } from "./octets.js";

const FIELDS_MAX = 16384;
const HEADER_MAX = 4 * 1024 * 1024;
const LF = 10, CR = 13, SP = 32, HTAB = 9, COLON = 58;

/* Where the line that begins at `at` ends, its line end included. */
function endOfLine(message, at) {
	const end = message.indexOf(LF, at);

	return end < 0 ? message.length : end + 1;
}

function isEmptyLine(message, at, end) {
	if (end > at && message[end - 1] === LF)
		end--;
	if (end > at && message[end - 1] === CR)
		end--;
	return end === at;
}

function endOfField(message, at) {
	let end = endOfLine(message, at);

	while (end < message.length &&
	    (message[end] === SP || message[end] === HTAB))
		end = endOfLine(message, end);
	return end;
}

/* Is there a NUL, or a CR that ends no line? */
function hidesText(text) {
	return /\0|\r(?!\n)/.test(text);
}

/*
 * field = 1*ftext *WSP ":" value; ftext = %d33-57 / %d59-126
 *
 * hidden tells of a bare CR or a NUL: where we see one field, a mail client may
 * see a line end there, and another field that nobody signed.
 */
function readField(text) {
	const found = /^([!-9;-~]+)[ \t\r]*:/.exec(text);

	if (found === null)
		return null;
	return {
		name: found[1],
		value: text.slice(found[0].length)
		    .replace(/\n$/, "").replace(/\r$/, ""),
		hidden: hidesText(text),
	};
}

/*
 * The line of mbox that begins a message; 0 when there is none. One in which
 * a mail client may see fields is none.
 */
function separatorLength(message) {
	let at = 5;

	if (message.length <= 5 || textOf(message.subarray(0, 5)) !== "From ")
		return 0;
	while (message[at] === SP || message[at] === HTAB)
		at++;
	const end = endOfLine(message, 0);

	return message[at] === COLON || hidesText(textOf(message.subarray(0, end)))
		? 0 : end;
}

/* {fields, body}, or null: too large, or too many fields. */
export function readHeader(message) {
	const fields = [];
	let at = separatorLength(message);

	while (at < message.length &&
	    !isEmptyLine(message, at, endOfLine(message, at))) {
		const end = endOfField(message, at);
		const field = readField(textOf(message.subarray(at, end)));

		if (field === null)
			break;
		if (fields.length === FIELDS_MAX || end > HEADER_MAX)
			return null;
		fields.push(field);
		at = end;
	}
	if (isEmptyLine(message, at, endOfLine(message, at)))
		at = endOfLine(message, at);
	return { fields, body: message.subarray(at) };
}

/* Compared without case: names are ASCII. */
export function isNamed(field, name) {
	return field.name.toLowerCase() === name.toLowerCase();
}
