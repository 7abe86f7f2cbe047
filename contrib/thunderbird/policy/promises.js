/*
 * promises: what an administrator says that mail of a domain comes with.
 *
 * promise = domain *( SP condition )
 * condition = "mode=" ( "require" / "prefer" ) / "tls=" protocol /
 *	       "bits=" number / "cert=trusted"
 *
 * A promise is of the domain and of what is below it; the most specific one
 * counts. Without a condition any stamp of a pinned signer meets it.
 */
import { readName } from "../stamp/grammar.js";
import { MODES } from "../stamp/stamp.js";

const PROTOCOLS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/* Each reads its value; null: it cannot be promised. */
const CONDITIONS = {
	mode: (value) => MODES.includes(value) ? value : null,
	tls: (value) => PROTOCOLS.includes(value) ? value : null,
	bits: (value) => /^\d{1,5}$/.test(value) ? Number(value) : null,
	cert: (value) => value === "trusted" ? value : null,
};

/* A promise, or null. */
export function parsePromise(line) {
	const [name, ...conditions] = line.trim().split(/[ \t]+/);
	const domain = readName(name);
	const promise = { domain };

	for (const condition of conditions) {
		const [key, value] = condition.split(/=(.*)/);

		if (!Object.hasOwn(CONDITIONS, key) ||
		    Object.hasOwn(promise, key) || value === undefined)
			return null;
		promise[key] = CONDITIONS[key](value);
		if (promise[key] === null)
			return null;
	}
	return domain === null ? null : promise;
}

function isOf(promise, domain) {
	return domain === promise.domain ||
	    domain.endsWith("." + promise.domain);
}

/* The promises that hold for these domains, one at most for each. */
export function promisesOf(promises, domains) {
	return domains.flatMap((domain) => promises
	    .filter((promise) => isOf(promise, domain))
	    .sort((a, b) => b.domain.length - a.domain.length)
	    .slice(0, 1));
}

/* The conditions that a stamp does not meet, by name. */
export function unmet(promise, stamp) {
	const below = {
		mode: () => MODES.indexOf(stamp.mode) <
		    MODES.indexOf(promise.mode),
		/* A protocol of a name that we do not know is below. */
		tls: () => PROTOCOLS.indexOf(stamp.tls) <
		    PROTOCOLS.indexOf(promise.tls),
		bits: () => stamp.bits < promise.bits,
		cert: () => stamp.cert !== promise.cert,
	};

	return Object.keys(below).filter((name) =>
	    Object.hasOwn(promise, name) && below[name]());
}
