/*
 * publickey: does a signature hold? The only file that knows WebCrypto.
 * Source: RFC 8463, 3 (the SHA-256 is what is signed); RFC 8017, 8.2.
 */
const RSA_MIN = 2048, RSA_MAX = 8192; /* bits */

export async function sha256(octets) {
	return new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
}

async function readEd25519(octets) {
	return crypto.subtle.importKey("raw", octets, "Ed25519", false,
	    ["verify"]);
}

async function readRsa(octets) {
	const key = await crypto.subtle.importKey("spki", octets,
	    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["verify"]);
	const bits = key.algorithm.modulusLength;

	if (bits < RSA_MIN || bits > RSA_MAX)
		throw new RangeError(`RSA of ${bits} bits`);
	return key;
}

/* A CryptoKey; null when the octets are no key of that kind and size. */
export async function readPublicKey(algorithm, octets) {
	try {
		return algorithm === "rsa" ? await readRsa(octets)
		    : await readEd25519(octets);
	} catch {
		return null;
	}
}

/* Whether the signature is one of these octets. */
export async function verifies(key, signature, signed) {
	const rsa = key.algorithm.name !== "Ed25519";

	return await crypto.subtle.verify(key.algorithm.name, key, signature,
	    rsa ? signed : await sha256(signed)) === true;
}
