/*
 * dnsmessage: a query for TXT, and its answer, as octets. Source: RFC 1035, 4;
 * RFC 8484, 4.1 (the id is 0, so that answers can be cached).
 */
const TXT = 16, CNAME = 5, IN = 1;
const NXDOMAIN = 3, RESPONSE = 0x80, TRUNCATED = 0x02;
const JUMPS_MAX = 32, CHAIN_MAX = 8;

export function makeQuery(name) {
	const octets = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];

	for (const label of name.split(".")) {
		octets.push(label.length);
		for (const c of label)
			octets.push(c.charCodeAt(0));
	}
	octets.push(0, 0, TXT, 0, IN);
	return Uint8Array.from(octets);
}

/* Reads from the front; whatever lies outside of the answer throws. */
class Reader {
	constructor(octets) {
		this.octets = octets;
		this.at = 0;
	}

	octet() {
		if (this.at >= this.octets.length)
			throw new RangeError("the DNS answer is cut off");
		return this.octets[this.at++];
	}

	number() {
		return this.octet() * 256 + this.octet();
	}

	text(length) {
		let text = "";

		while (length-- > 0)
			text += String.fromCharCode(this.octet());
		return text;
	}

	/* A name, its compression followed; lower case. */
	name() {
		const labels = [];
		let behind = -1, jumps = 0;

		for (;;) {
			const length = this.octet();

			if (length === 0)
				break;
			if (length < 64) {
				labels.push(this.text(length));
				continue;
			}
			if (length < 192 || ++jumps > JUMPS_MAX)
				throw new RangeError("a DNS name is no name");
			const target = (length & 63) * 256 + this.octet();

			behind = behind < 0 ? this.at : behind;
			this.at = target;
		}
		if (behind >= 0)
			this.at = behind;
		return labels.join(".").toLowerCase();
	}
}

function readRecord(reader) {
	const owner = reader.name();
	const [type, kind] = [reader.number(), reader.number()];

	reader.text(4); /* TTL */
	const length = reader.number(), end = reader.at + length;
	const record = { owner, type: kind === IN ? type : 0, text: "" };

	if (record.type === CNAME)
		record.text = reader.name();
	while (record.type === TXT && reader.at < end)
		record.text += reader.text(reader.octet());
	if (reader.at > end || (record.type === TXT && reader.at !== end))
		throw new RangeError("a DNS record is longer than it says");
	reader.at = end;
	return record;
}

/* name, or what it is an alias for. */
function followAliases(name, records) {
	let owner = name.toLowerCase();

	for (let i = 0; i < CHAIN_MAX; i++) {
		const alias = records.find((record) =>
		    record.type === CNAME && record.owner === owner);

		if (alias === undefined)
			return owner;
		owner = alias.text;
	}
	throw new RangeError("too many aliases in the DNS answer");
}

/* The texts of name; [] when there are none. Throws: it is no answer. */
export function readAnswer(octets, name) {
	const reader = new Reader(octets);
	const records = [];

	reader.number();
	const flags = reader.octet(), code = reader.octet() & 15;
	const questions = reader.number(), answers = reader.number();

	reader.number();
	reader.number();
	if (!(flags & RESPONSE) || (flags & TRUNCATED) || questions !== 1 ||
	    (code !== 0 && code !== NXDOMAIN))
		throw new RangeError("the DNS server gives no answer");
	if (reader.name() !== name.toLowerCase() || reader.number() !== TXT ||
	    reader.number() !== IN)
		throw new RangeError("the DNS answer is to another question");
	for (let i = 0; i < answers; i++)
		records.push(readRecord(reader));
	const owner = followAliases(name, records);

	return records.filter((record) => record.type === TXT &&
	    record.owner === owner).map((record) => record.text);
}
