/*
 * grammar: what the values of a stamp's tags may be. Source:
 * hopseal-stamp(7); RFC 6376, 2.11 and 3.5; RFC 5321, 4.1.3; RFC 5952.
 */
const NAME_MAX = 253, CN_MAX = 64;

/* A domain name, or a selector. */
export function isName(text) {
	return text.length <= NAME_MAX &&
	    /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/.test(text);
}

/* address-literal = "[" 1*( ALPHA / DIGIT / "." / ":" / "-" ) "]" */
export function isLiteral(text) {
	return text.length <= NAME_MAX && /^\[[A-Za-z0-9.:-]+\]$/.test(text);
}

/* Queue id, protocol. */
export function isToken(text) {
	return /^[A-Za-z0-9_.-]{1,64}$/.test(text);
}

export function isCipher(text) {
	return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

function isIpv4(text) {
	return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) &&
	    text.split(".").every((part) => part <= 255);
}

/* As inet_ntop(3) writes ::a.b.c.d, which URL writes as two groups. */
function withEmbedded(host) {
	const found = /^::([0-9a-f]+):([0-9a-f]+)$/.exec(host);

	if (found === null)
		return host;
	const [high, low] = [parseInt(found[1], 16), parseInt(found[2], 16)];

	return `::${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function isIpv6(text) {
	if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/.test(text) ||
	    !URL.canParse(`http://[${text}]/`))
		return false;
	const host = new URL(`http://[${text}]/`).hostname.slice(1, -1);

	/* A mapped address is one of IPv4 and is written so. */
	return !/^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(host) &&
	    withEmbedded(host) === text;
}

/* An address in the one form that RFC 5952 gives it. */
export function isAddress(text) {
	return isIpv4(text) || isIpv6(text);
}

/* field-name = 1*ftext; `;` ends a tag. */
export function isFieldName(text) {
	return /^[!-9<-~]+$/.test(text);
}

/* Seconds since 1970, or null. */
export function readTime(text) {
	return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/* Lower case, no final dot; null when it is no name. */
export function readName(text) {
	const name = text.toLowerCase().replace(/\.+$/, "");

	return isName(name) ? name : null;
}

/*
 * dkim-quoted-printable = *( FWS / "=" 2HEXDIG / dkim-safe-char ): text of
 * octets, or null.
 */
export function readQuoted(text) {
	const bare = text.replace(/[ \t\r\n]/g, "");

	/* Blanks may stand anywhere but within a hex-octet. */
	if (/=[0-9A-F]?[ \t\r\n]/.test(text) ||
	    !/^(=[0-9A-F]{2}|[!-:<>-~])*$/.test(bare))
		return null;
	const octets = bare.replace(/=([0-9A-F]{2})/g, (_, hex) =>
	    String.fromCharCode(parseInt(hex, 16)));

	return octets.length > 0 && octets.length <= CN_MAX ? octets : null;
}
