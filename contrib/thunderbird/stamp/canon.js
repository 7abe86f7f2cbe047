/*
 * canon: the relaxed canonicalization of RFC 6376, 3.4.2 and 3.4.4.
 *
 * A bare LF ends a line too, since stores keep messages with it; a bare CR
 * is text.
 */
const LF = 10, CR = 13, SP = 32, HTAB = 9;

/* A field without its line end. */
export function canonField(name, value) {
	const unfolded = value.replace(/\r?\n/g, "");

	return name.toLowerCase() + ":" +
	    unfolded.replace(/[ \t]+/g, " ").replace(/^ | $/g, "");
}

/* Octets in, octets out: empty lines at the end are dropped, too. */
export function canonBody(body) {
	const out = new Uint8Array(2 * body.length + 2);
	let used = 0, lines = 0, blank = false;

	/* What was held back, since it may have stood at the end. */
	function putHeld() {
		for (; lines > 0; lines--) {
			out[used++] = CR;
			out[used++] = LF;
		}
		if (blank)
			out[used++] = SP;
		blank = false;
	}

	for (let i = 0; i < body.length; i++) {
		const c = body[i];

		if (c === SP || c === HTAB) {
			blank = true;
		} else if (c === LF || (c === CR && body[i + 1] === LF)) {
			if (c === CR)
				i++;
			blank = false;
			lines++;
		} else {
			putHeld();
			out[used++] = c;
		}
	}
	if (used > 0) {
		out[used++] = CR;
		out[used++] = LF;
	}
	return out.subarray(0, used);
}
