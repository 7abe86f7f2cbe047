/*
 * Certificates and keys of the MTA, in words.
 */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/ctl/credentials.h"
#include "milter/ctl/doctor.h"
#include "milter/system/input.h"

/* How many names of a folder are looked at for one that was meant. */
enum { NEIGHBOURS = 200 };

static bool
has_ending(const char *name)
{
	static const char *const endings[] = {".pem", ".key", ".crt", ".cert",
	    ".cer"};
	size_t i, len = strlen(name);

	for (i = 0; i < LENGTH(endings); i++) {
		size_t tail = strlen(endings[i]);

		if (len > tail && strcmp(name + len - tail, endings[i]) == 0)
			return true;
	}
	return false;
}

/* The files beside it that could be meant, for a remedy. */
static void
name_neighbours(const char *file, struct buf *out)
{
	char *copy = strdup(file);
	const struct dirent *entry;
	int left = NEIGHBOURS;
	DIR *folder = copy == NULL ? NULL : opendir(dirname(copy));

	while (folder != NULL && left-- > 0 &&
	    (entry = readdir(folder)) != NULL)
		if (has_ending(entry->d_name) && out->len < 200)
			buf_printf(out, "%s%s", out->len == 0 ? "" : ", ",
			    entry->d_name);
	if (folder != NULL)
		(void)closedir(folder);
	free(copy);
}

static void
say_missing(struct diagnosis *d, const struct doctor_pair *pair,
    const char *setting, const char *file)
{
	char storage[300];
	struct buf near;

	buf_init_fixed(&near, storage, sizeof(storage));
	name_neighbours(file, &near);
	diagnosis_add(d, SEVERITY_ERROR, "certificate-missing",
	    "%s: %s names %s, and there is no such file", pair->mta, setting,
	    file);
	diagnosis_why(d, pair->is_server
	    ? "STARTTLS is then refused or not offered, and partners fall "
	      "back to clear text."
	    : "No client certificate is shown to those who ask for one.");
	if (near.len > 0)
		diagnosis_remedy(d, "# beside it there are: %s",
		    buf_text(&near));
	else
		diagnosis_remedy(d, "# put the file there, or name the right "
		    "one in %s", setting);
}

static void
say_unreadable(struct diagnosis *d, const struct doctor_pair *pair,
    const char *file, int error)
{
	if (error == EACCES && geteuid() != 0) {
		diagnosis_add(d, SEVERITY_NOTE, "not-checked",
		    "%s: %s can only be read by root, so it was not checked",
		    pair->mta, file);
		diagnosis_remedy(d, "# run hopseal doctor as root");
		return;
	}
	diagnosis_add(d, SEVERITY_ERROR, "certificate-unreadable",
	    "%s: %s cannot be read: %s", pair->mta, file,
	    error == EISDIR ? "it is a folder"
	    : error == EINVAL ? "it is a device, a pipe or a socket"
			      : "permission or a bad disk");
	diagnosis_why(d, "The MTA cannot offer TLS with it.");
	diagnosis_remedy(d, "ls -ld %s", file);
}

/* Returns false, with a finding, if it cannot be read. */
static bool
read_pem(struct diagnosis *d, const struct doctor_pair *pair,
    const char *setting, const char *file, struct buf *out)
{
	struct stat info;
	struct fault fault;
	int error = 0;

	if (stat(file, &info) != 0)
		error = errno;
	else if (S_ISDIR(info.st_mode))
		error = EISDIR;
	else if (!S_ISREG(info.st_mode))
		error = EINVAL;
	else if (access(file, R_OK) != 0)
		error = errno;
	if (error == ENOENT || error == ENOTDIR)
		say_missing(d, pair, setting, file);
	else if (error != 0)
		say_unreadable(d, pair, file, error);
	else if (input_read_regular(file, out, &fault) == STATUS_OK)
		return true;
	else
		say_unreadable(d, pair, file, 0);
	return false;
}

static void
check_modes(struct diagnosis *d, const struct doctor_pair *pair)
{
	struct stat info;

	if (stat(pair->key, &info) != 0 || (info.st_mode & S_IRWXO) == 0)
		return;
	diagnosis_add(d, SEVERITY_ERROR, "key-open-to-all",
	    "%s: everybody on this host can read the private key %s",
	    pair->mta, pair->key);
	diagnosis_why(d, "Who has the key can pretend to be this host. "
			 "Sendmail refuses such a key altogether.");
	diagnosis_remedy(d, "chmod o-rwx %s", pair->key);
}

static void
say_key(struct diagnosis *d, const struct doctor_pair *pair,
    enum key_flaw flaw)
{
	switch (flaw) {
	case KEY_FLAW_NONE:
		return;
	case KEY_FLAW_ABSENT:
		diagnosis_add(d, SEVERITY_ERROR, "key-absent",
		    "%s: %s holds no private key", pair->mta, pair->key);
		diagnosis_remedy(d, "# name the file with the line \"BEGIN "
		    "PRIVATE KEY\" in %s", pair->key_setting);
		break;
	case KEY_FLAW_PASSPHRASE:
		diagnosis_add(d, SEVERITY_ERROR, "key-encrypted",
		    "%s: the private key %s is encrypted with a passphrase",
		    pair->mta, pair->key);
		diagnosis_remedy(d, "openssl pkey -in %s -out %s.plain && "
		    "chmod 600 %s.plain", pair->key, pair->key, pair->key);
		break;
	case KEY_FLAW_UNREADABLE:
		diagnosis_add(d, SEVERITY_ERROR, "key-broken",
		    "%s: the private key in %s cannot be read: the file is "
		    "cut off or damaged", pair->mta, pair->key);
		diagnosis_remedy(d, "openssl pkey -in %s -noout -check",
		    pair->key);
		break;
	case KEY_FLAW_OTHER:
		diagnosis_add(d, SEVERITY_ERROR, "key-of-another",
		    "%s: the key %s does not belong to the first certificate "
		    "in %s", pair->mta, pair->key, pair->certificate);
		diagnosis_remedy(d, "openssl x509 -in %s -noout -pubkey; "
		    "openssl pkey -in %s -pubout", pair->certificate,
		    pair->key);
		break;
	}
	diagnosis_why(d, "The MTA cannot load it and does TLS with nobody; "
			 "its log has a number for it.");
}

static void
say_time(struct diagnosis *d, const struct doctor_pair *pair,
    const struct credentials *found)
{
	if (found->days_left >= CREDENTIALS_SOON_DAYS && !found->is_early)
		return;
	if (found->is_early)
		diagnosis_add(d, SEVERITY_ERROR, "certificate-early",
		    "%s: the certificate %s is not valid yet", pair->mta,
		    pair->certificate);
	else if (found->days_left < 0)
		diagnosis_add(d, SEVERITY_ERROR, "certificate-expired",
		    "%s: the certificate %s expired %d days ago", pair->mta,
		    pair->certificate, -found->days_left);
	else
		diagnosis_add(d, SEVERITY_WARNING, "certificate-expires",
		    "%s: the certificate %s expires in %d days", pair->mta,
		    pair->certificate, found->days_left);
	diagnosis_why(d, "Partners that verify certificates (DANE, MTA-STS, "
			 "our own \"to\" rules at theirs) send nothing then.");
	diagnosis_remedy(d, "openssl x509 -in %s -noout -dates -issuer",
	    pair->certificate);
}

static void
say_strength(struct diagnosis *d, const struct doctor_pair *pair,
    const struct credentials *found)
{
	if (found->weak_bits == 0 && !found->weak_digest)
		return;
	if (found->weak_bits > 0)
		diagnosis_add(d, SEVERITY_WARNING, "certificate-weak",
		    "%s: the key of %s has only %u bits", pair->mta,
		    pair->certificate, found->weak_bits);
	else
		diagnosis_add(d, SEVERITY_WARNING, "certificate-weak",
		    "%s: the certificate %s is signed with MD5 or SHA-1",
		    pair->mta, pair->certificate);
	diagnosis_why(d, "OpenSSL 3 refuses it at its default security "
			 "level, here or at the partner's.");
	diagnosis_remedy(d, "# get a new one: RSA of 2048 bits or more, or "
	    "EC P-256, signed with SHA-256");
}

static void
say_chain(struct diagnosis *d, const struct doctor_pair *pair,
    const struct credentials *found)
{
	switch (found->chain) {
	case CHAIN_FLAW_NONE:
		return;
	case CHAIN_FLAW_SELF_SIGNED:
		diagnosis_add(d, SEVERITY_NOTE, "certificate-self-signed",
		    "%s: %s is self-signed (%s)", pair->mta,
		    pair->certificate, found->subject);
		break;
	case CHAIN_FLAW_PRIVATE:
		diagnosis_add(d, SEVERITY_NOTE, "certificate-private-ca",
		    "%s: the CA of %s (%s) is not among those that this "
		    "system trusts", pair->mta, pair->certificate,
		    found->issuer);
		break;
	case CHAIN_FLAW_INCOMPLETE:
		diagnosis_add(d, SEVERITY_WARNING, "chain-incomplete",
		    "%s: %s lacks the certificate of its issuer, %s",
		    pair->mta, pair->certificate, found->issuer);
		diagnosis_why(d, "Partners that verify certificates cannot "
				 "build the chain, although browsers may.");
		diagnosis_remedy(d, "# append the issuer's certificate (the "
		    "CA calls it intermediate) behind the own one in %s",
		    pair->certificate);
		return;
	}
	diagnosis_why(d, "Opportunistic TLS works with it; partners that "
			 "verify accept it only if they were given it.");
}

static void
say_name(struct diagnosis *d, const struct doctor_pair *pair,
    const struct credentials *found)
{
	if (found->names_host || !pair->is_server)
		return;
	diagnosis_add(d, SEVERITY_WARNING, "certificate-other-name",
	    "%s: the certificate %s (%s) does not name this host, %s",
	    pair->mta, pair->certificate, found->subject, pair->host);
	diagnosis_why(d, "Partners that verify names refuse to send.");
	diagnosis_remedy(d, "openssl x509 -in %s -noout -ext subjectAltName",
	    pair->certificate);
}

static void
say_all(struct diagnosis *d, const struct doctor_pair *pair,
    const struct credentials *found)
{
	if (!found->has_certificate) {
		diagnosis_add(d, SEVERITY_ERROR, "certificate-broken",
		    "%s: %s holds no certificate in PEM form", pair->mta,
		    pair->certificate);
		diagnosis_why(d, "The MTA cannot offer TLS with it.");
		diagnosis_remedy(d, "openssl x509 -in %s -noout -subject",
		    pair->certificate);
		return;
	}
	say_key(d, pair, found->key);
	say_time(d, pair, found);
	say_strength(d, pair, found);
	say_chain(d, pair, found);
	say_name(d, pair, found);
}

void
doctor_credentials(struct diagnosis *diagnosis,
    const struct doctor_pair *pair)
{
	struct credentials found;
	struct buf certificate, key;

	buf_init(&certificate, CREDENTIALS_FILE_MAX);
	buf_init(&key, CREDENTIALS_FILE_MAX);
	if (read_pem(diagnosis, pair, pair->setting, pair->certificate,
		&certificate) &&
	    read_pem(diagnosis, pair, pair->key_setting, pair->key, &key)) {
		credentials_check(buf_slice(&certificate), buf_slice(&key),
		    pair->host, &found);
		say_all(diagnosis, pair, &found);
		check_modes(diagnosis, pair);
	}
	if (key.data != NULL)
		explicit_bzero(key.data, key.size);
	buf_clear(&key);
	if (certificate.data != NULL)
		explicit_bzero(certificate.data, certificate.size);
	buf_clear(&certificate);
}
