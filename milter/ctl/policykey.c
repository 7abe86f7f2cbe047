#include "milter/ctl/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/note/note.h"
#include "milter/system/secretfile.h"
#include "milter/system/textfile.h"

enum status
policy_signer_read(const char *file, const struct config *config,
    struct policy_signer *out, struct fault *fault)
{
	const struct edition_keys *keys = &config->policy_keys;
	struct secret secret;
	enum status status = secret_read(file, &secret, fault);
	size_t i;

	memset(out, 0, sizeof(*out));
	if (status != STATUS_OK)
		return status;
	status = notary_key_read(slice_make(secret.data, secret.len),
	    &out->key);
	secret_clear(&secret);
	if (status != STATUS_OK)
		return fault_set(fault, status, "%s: this is no ed25519 "
		    "private key; `hopseal policy keygen` makes one", file);
	for (i = 0; i < keys->count; i++)
		if (memcmp(notary_key_public(out->key),
			keys->vkeys[i].public_key, NOTARY_PUBLIC) == 0)
			out->vkey = &keys->vkeys[i];
	if (out->vkey != NULL)
		return STATUS_OK;
	notary_key_free(&out->key);
	return fault_set(fault, STATUS_NOTFOUND, "%s: policy-key does not "
	    "name this key, and every host would refuse what it signs", file);
}

static enum status
key_write(const char *file, const struct notary_key *key, struct fault *fault)
{
	char storage[NOTARY_PEM_MAX];
	struct buf pem;
	enum status status;

	buf_init_fixed(&pem, storage, sizeof(storage));
	status = notary_key_pem(key, &pem);
	if (status == STATUS_OK)
		status = textfile_make_secret(file, buf_slice(&pem), fault);
	else
		(void)fault_set(fault, status, "OpenSSL cannot write the key");
	notary_wipe(storage, sizeof(storage));
	return status;
}

static enum status
vkey_of(const struct notary_key *key, const char *name, struct buf *out,
    struct fault *fault)
{
	struct sha256 *digest = NULL;
	struct vkey vkey;
	enum status status = sha256_new(&digest);

	if (status == STATUS_OK)
		status = vkey_make(digest, name, notary_key_public(key), &vkey);
	if (status == STATUS_OK) {
		vkey_put(out, &vkey);
		status = buf_status(out);
	}
	sha256_free(&digest);
	if (status != STATUS_OK)
		(void)fault_set(fault, status, "%s cannot be the name of a "
		    "key", name);
	return status;
}

/* What a signed note can name: C2SP, no plus and no blank. */
static bool
name_is_good(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '+' ||
		    name[i] == '"' || name[i] == '\\' || name[i] == '$')
			return false;
	return i > 0 && i <= 200;
}

int
policy_keygen(const struct policy_request *request)
{
	const char *out = request->out == NULL ? "policy.pem" : request->out;
	struct notary_key *key = NULL;
	struct fault fault = {STATUS_OK, ""};
	char storage[NOTE_VKEY_MAX];
	struct buf line;
	enum status status;

	if (request->name == NULL || !name_is_good(request->name)) {
		(void)fputs("hopseal: --name is needed: what the key is "
			    "called, like policy.example.org\n", stderr);
		return EX_USAGE;
	}
	buf_init_fixed(&line, storage, sizeof(storage));
	status = notary_key_make(&key);
	if (status != STATUS_OK)
		(void)fault_set(&fault, status, "OpenSSL cannot make a key");
	if (status == STATUS_OK)
		status = vkey_of(key, request->name, &line, &fault);
	if (status == STATUS_OK)
		status = key_write(out, key, &fault);
	notary_key_free(&key);
	if (status != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		return EX_CANTCREAT;
	}
	(void)printf("# For hopseal.conf on every host; %s stays with those "
	    "who push:\npolicy-key = {\"%s\"}\n", out, buf_text(&line));
	return EX_OK;
}
