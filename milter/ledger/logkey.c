#include "milter/ledger/logkey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/secretfile.h"
#include "milter/system/textfile.h"

enum { KEY_PATH_MAX = 4096 };

static enum status
key_path(const struct store *store, const char *ending,
    char out[KEY_PATH_MAX], struct fault *fault)
{
	int len = snprintf(out, KEY_PATH_MAX, "%s.key%s", store->path, ending);

	if (len < 0 || len >= KEY_PATH_MAX)
		return fault_set(fault, STATUS_LIMIT,
		    "%s: the path of the ledger is too long", store->path);
	return STATUS_OK;
}

enum status
logkey_vkey(const struct store *store, struct sha256 *digest,
    struct vkey *out, struct fault *fault)
{
	char text[NOTE_VKEY_MAX];
	enum status status;

	status = store_meta(store, "vkey", text, sizeof(text), fault);
	if (status != STATUS_OK)
		return status;
	return vkey_parse(digest, slice_of(text), out, fault);
}

/* Under another name first: a key file is whole or not there. */
static enum status
file_write(const char *draft, const char *path, struct slice pem,
    struct fault *fault)
{
	enum status status = STATUS_OK;
	int fd;

	(void)unlink(draft);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(fault, STATUS_DENIED, errno,
		    "%s: cannot make the key of the ledger", path);
	if (fchmod(fd, 0600) != 0 || !textfile_write(fd, pem) ||
	    fsync(fd) != 0 || link(draft, path) != 0)
		status = fault_errno(fault, STATUS_IO, errno,
		    "%s: cannot write the key of the ledger", path);
	(void)close(fd);
	(void)unlink(draft);
	return status;
}

static enum status
key_make(const struct store *store, const char *path,
    struct notary_key **out, struct fault *fault)
{
	char storage[NOTARY_PEM_MAX];
	char draft[KEY_PATH_MAX];
	struct notary_key *key = NULL;
	struct buf pem;
	enum status status = key_path(store, ".new", draft, fault);

	if (status != STATUS_OK)
		return status;
	buf_init_fixed(&pem, storage, sizeof(storage));
	status = notary_key_make(&key);
	if (status == STATUS_OK)
		status = notary_key_pem(key, &pem);
	if (status != STATUS_OK)
		(void)fault_set(
		    fault, status, "OpenSSL cannot make an ed25519 key");
	else
		status = file_write(draft, path, buf_slice(&pem), fault);
	notary_wipe(storage, sizeof(storage));
	if (status != STATUS_OK) {
		notary_key_free(&key);
		return status;
	}
	*out = key;
	return STATUS_OK;
}

static enum status
key_load(const char *path, struct notary_key **out, struct fault *fault)
{
	struct secret secret;
	enum status status = secret_read(path, &secret, fault);

	if (status != STATUS_OK)
		return status;
	status = notary_key_read(slice_make(secret.data, secret.len), out);
	secret_clear(&secret);
	if (status != STATUS_OK)
		return fault_set(fault, status,
		    "%s: this is no ed25519 private key; restore the key of "
		    "the ledger from a backup", path);
	return STATUS_OK;
}

/* The file must hold the key that the ledger was begun with. */
static enum status
key_compare(const char *path, const struct notary_key *key,
    const struct vkey *vkey, struct fault *fault)
{
	if (memcmp(notary_key_public(key), vkey->public_key,
		NOTARY_PUBLIC) == 0)
		return STATUS_OK;
	return fault_set(fault, STATUS_EXISTS,
	    "%s: this is not the key that the ledger was begun with; restore "
	    "that one, or move the ledger away to begin a new one", path);
}

enum status
logkey_read(const struct store *store, struct sha256 *digest,
    struct notary_key **key, struct vkey *vkey, struct fault *fault)
{
	char path[KEY_PATH_MAX];
	enum status status = logkey_vkey(store, digest, vkey, fault);

	if (status == STATUS_OK)
		status = key_path(store, "", path, fault);
	if (status == STATUS_OK)
		status = key_load(path, key, fault);
	if (status != STATUS_OK)
		return status;
	status = key_compare(path, *key, vkey, fault);
	if (status != STATUS_OK)
		notary_key_free(key);
	return status;
}

/* `HOST/hopseal`; what a note's name may not hold becomes `-`. */
static void
name_of(const char *host, char out[NOTE_NAME_MAX + 1])
{
	size_t i;

	if (host == NULL || host[0] == '\0')
		host = "localhost";
	(void)snprintf(out, NOTE_NAME_MAX + 1, "%.253s/hopseal", host);
	for (i = 0; out[i] != '\0'; i++) {
		if (out[i] == '+' || out[i] <= ' ' || out[i] > '~')
			out[i] = '-';
	}
}

static enum status
ledger_sign_on(const struct store *store, struct sha256 *digest,
    const char *host, const struct notary_key *key, struct vkey *vkey,
    struct fault *fault)
{
	char name[NOTE_NAME_MAX + 1];
	char storage[NOTE_VKEY_MAX];
	struct buf text;
	enum status status;

	name_of(host, name);
	buf_init_fixed(&text, storage, sizeof(storage));
	status = vkey_make(digest, name, notary_key_public(key), vkey);
	if (status == STATUS_OK) {
		vkey_put(&text, vkey);
		status = buf_status(&text);
	}
	if (status != STATUS_OK)
		return fault_set(fault, status,
		    "%s: cannot name the log after %s", store->path, name);
	return store_meta_set(store, "vkey", buf_text(&text), fault);
}

enum status
logkey_open(const struct store *store, struct sha256 *digest,
    const char *host, struct notary_key **key, struct vkey *vkey,
    struct fault *fault)
{
	char path[KEY_PATH_MAX];
	enum status status;

	status = logkey_read(store, digest, key, vkey, NULL);
	if (status == STATUS_OK)
		return STATUS_OK;
	if (logkey_vkey(store, digest, vkey, NULL) != STATUS_NOTFOUND)
		return logkey_read(store, digest, key, vkey, fault);
	status = key_path(store, "", path, fault);
	if (status != STATUS_OK)
		return status;
	if (access(path, F_OK) == 0)
		status = key_load(path, key, fault);
	else
		status = key_make(store, path, key, fault);
	if (status != STATUS_OK)
		return status;
	status = ledger_sign_on(store, digest, host, *key, vkey, fault);
	if (status != STATUS_OK)
		notary_key_free(key);
	return status;
}
