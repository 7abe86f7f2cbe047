#include "milter/stamp/keyfile.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "milter/stamp/publickey.h"

/* One block: BEGIN name, header (NULL-free text), data in DER. */
struct block {
	char *name;
	char *header;
	unsigned char *data;
	long len;
};

static void
block_clear(struct block *block)
{
	OPENSSL_free(block->name);
	OPENSSL_free(block->header);
	OPENSSL_clear_free(block->data,
	    block->len > 0 ? (size_t)block->len : 0);
	memset(block, 0, sizeof(*block));
}

static bool
block_is(const struct block *block, const char *words)
{
	return slice_holds(slice_of(block->name), words);
}

/* Read the first private key, else the first block. Returns false for none. */
static bool
find_block(BIO *bio, struct block *out)
{
	struct block next = {NULL, NULL, NULL, 0};
	bool found = false;

	while (PEM_read_bio(bio, &next.name, &next.header, &next.data,
		   &next.len) == 1) {
		if (!found || block_is(&next, "PRIVATE KEY")) {
			block_clear(out);
			*out = next;
			memset(&next, 0, sizeof(next));
			found = true;
		} else {
			block_clear(&next);
		}
		if (block_is(out, "PRIVATE KEY"))
			break;
	}
	ERR_clear_error();
	return found;
}

/* There is no PEM block: what is there? */
static enum status
tell_no_block(struct slice pem, const char *name, struct fault *fault)
{
	if (slice_trim(pem).len == 0)
		return fault_set(fault, STATUS_SYNTAX,
		    "%s is empty; make a key with: hopseal keygen", name);
	if (pem.at[0] == 0x30)
		return fault_set(fault, STATUS_SYNTAX,
		    "%s is in DER, a PEM file is wanted; convert it with: "
		    "openssl pkey -inform DER -in %s -out NEW", name, name);
	if (slice_holds(pem, "-----BEGIN "))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s begins as a PEM file, but is damaged or cut short; "
		    "restore it, or make a key with: hopseal keygen", name);
	return fault_set(fault, STATUS_SYNTAX,
	    "%s holds no private key in PEM; make one with: hopseal keygen",
	    name);
}

/* The block cannot be a key that is read without a passphrase. */
static enum status
tell_other_block(const struct block *block, const char *name,
    struct fault *fault)
{
	if (block_is(block, "ENCRYPTED") ||
	    slice_holds(slice_of(block->header), "ENCRYPTED"))
		return fault_set(fault, STATUS_SYNTAX,
		    "the key in %s is protected by a passphrase; write it "
		    "without: openssl pkey -in %s -out NEW", name, name);
	if (block_is(block, "CERTIFICATE REQUEST"))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s holds a certificate request; name the file of the "
		    "private key", name);
	if (block_is(block, "CERTIFICATE"))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s holds a certificate; name the file of the private "
		    "key", name);
	if (block_is(block, "PUBLIC KEY"))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s holds a public key; name the file of the private "
		    "key", name);
	return fault_set(fault, STATUS_SYNTAX,
	    "%s holds a PEM block that is no private key (%.64s); name the "
	    "file of the private key", name, block->name);
}

static enum status
check_algorithm(const EVP_PKEY *pkey, const char *name, struct fault *fault)
{
	const char *kind = EVP_PKEY_get0_type_name(pkey);
	int bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
		return STATUS_OK;
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
		return fault_set(fault, STATUS_SYNTAX,
		    "%s holds a key of type %s; stamps are signed with "
		    "Ed25519 or RSA: make a key with: hopseal keygen", name,
		    kind == NULL ? "unknown" : kind);
	if (bits < PUBLICKEY_RSA_MIN)
		return fault_set(fault, STATUS_SYNTAX,
		    "the RSA key in %s has %d bits, %d or more are wanted; "
		    "make a key with: hopseal keygen", name, bits,
		    PUBLICKEY_RSA_MIN);
	if (bits > PUBLICKEY_RSA_MAX)
		return fault_set(fault, STATUS_SYNTAX,
		    "the RSA key in %s has %d bits, %d or fewer are wanted; "
		    "make a key with: hopseal keygen", name, bits,
		    PUBLICKEY_RSA_MAX);
	return STATUS_OK;
}

static enum status
read_block(const struct block *block, const char *name, EVP_PKEY **out,
    struct fault *fault)
{
	const unsigned char *der = block->data;
	enum status status;
	EVP_PKEY *pkey;

	if (!block_is(block, "PRIVATE KEY") || block_is(block, "ENCRYPTED") ||
	    slice_holds(slice_of(block->header), "ENCRYPTED"))
		return tell_other_block(block, name, fault);
	if (block_is(block, "OPENSSH"))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s holds a key of OpenSSH; make one for stamps with: "
		    "hopseal keygen", name);
	pkey = d2i_AutoPrivateKey(NULL, &der, block->len);
	ERR_clear_error();
	if (pkey == NULL)
		return fault_set(fault, STATUS_SYNTAX,
		    "the private key in %s cannot be read: it is damaged or "
		    "of an unknown type; make one with: hopseal keygen", name);
	status = check_algorithm(pkey, name, fault);
	if (status == STATUS_OK)
		*out = pkey;
	else
		EVP_PKEY_free(pkey);
	return status;
}

enum status
keyfile_read(struct slice pem, const char *name, EVP_PKEY **out,
    struct fault *fault)
{
	struct block block = {NULL, NULL, NULL, 0};
	enum status status;
	BIO *bio;

	if (pem.len == 0 || pem.len > INT_MAX)
		return tell_no_block(slice_make(pem.at, 0), name, fault);
	bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	if (bio == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory to read %s",
		    name);
	if (find_block(bio, &block))
		status = read_block(&block, name, out, fault);
	else
		status = tell_no_block(pem, name, fault);
	block_clear(&block);
	BIO_free(bio);
	return status;
}
