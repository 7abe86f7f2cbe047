/*
 * The stamp key: can it be read, and is it the one that DNS shows?
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/dnskey.h"
#include "milter/ctl/doctor.h"
#include "milter/ctl/reach.h"
#include "milter/stamp/key.h"
#include "milter/stamp/keyrecord.h"
#include "milter/system/clock.h"
#include "milter/system/secretfile.h"

enum { DAY = 24 * 60 * 60, SOON = 14 * DAY };

static const char why_dns[] =
    "Nobody can verify the stamps of this host, and a recipient's program "
    "calls them unverifiable or forged.";

/* Returns NULL, with a finding, if there is no key. */
static struct stamp_key *
read_key(const struct doctor *doctor)
{
	const char *file = doctor->config->stamp.key_file;
	struct stamp_key *key = NULL;
	struct secret secret;
	struct fault fault;
	enum status status = secret_read(file, &secret, &fault);

	if (status == STATUS_OK) {
		status = stamp_key_read(slice_make(secret.data, secret.len),
		    file, &key, &fault);
		secret_clear(&secret);
	}
	if (status == STATUS_OK)
		return key;
	if (status == STATUS_DENIED && !doctor->is_root) {
		diagnosis_add(doctor->diagnosis, SEVERITY_NOTE, "not-checked",
		    "the stamp key was not checked: %s", fault.text);
		diagnosis_remedy(doctor->diagnosis,
		    "# run hopseal doctor as root");
		return NULL;
	}
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "stamp-key-unusable",
	    "%s", fault.text);
	diagnosis_why(doctor->diagnosis,
	    "hopseald does not start, or does not reload, without its key.");
	diagnosis_remedy(doctor->diagnosis,
	    "hopseal keygen --domain %s --selector NEW --out FILE",
	    doctor->config->stamp.domain);
	return NULL;
}

/* Root reads all; the user that the unit names does not. */
static void
check_reader(const struct doctor *doctor)
{
	const char *user = doctor->config->user;
	const char *file = doctor->config->stamp.key_file;
	struct fault fault;

	if (user == NULL || !doctor->is_root ||
	    reach_read(user, file, &fault) == STATUS_OK)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_WARNING,
	    "stamp-key-unreadable", "hopseald cannot read the stamp key: %s",
	    fault.text);
	diagnosis_why(doctor->diagnosis, "By its unit hopseald starts as that "
	    "user, and fails; started by root it cannot reload.");
	diagnosis_remedy(doctor->diagnosis, "chown %s: %s", user, file);
}

static void
say_publish(const struct doctor *doctor, const char *name, struct slice own)
{
	diagnosis_why(doctor->diagnosis, why_dns);
	diagnosis_remedy(doctor->diagnosis,
	    "# publish: %s. IN TXT, with this text in strings of at most 255 "
	    "octets:\n%.*s", name, (int)own.len, own.at);
}

static void
say_absent(const struct doctor *doctor, const char *name, enum status status,
    struct slice own)
{
	if (status == STATUS_NOTFOUND) {
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "stamp-key-not-in-dns", "DNS has no key record at %s",
		    name);
		say_publish(doctor, name, own);
		return;
	}
	diagnosis_add(doctor->diagnosis, SEVERITY_WARNING, "dns-silent",
	    "DNS gave no usable answer for %s, so the stamp key was not "
	    "compared", name);
	diagnosis_why(doctor->diagnosis, why_dns);
	diagnosis_remedy(doctor->diagnosis, "dig +short TXT %s", name);
}

/* When it may be used, of a record that holds our key. */
static void
check_dates(const struct doctor *doctor, const char *name,
    const struct keyrecord *record)
{
	int64_t now = clock_wall_ms() / 1000;

	if (record->testing) {
		diagnosis_add(doctor->diagnosis, SEVERITY_NOTE,
		    "stamp-key-testing", "the key record at %s says t=y",
		    name);
		diagnosis_why(doctor->diagnosis, "Verifiers are asked to "
		    "take stamps for a test.");
		diagnosis_remedy(doctor->diagnosis, "# take t=y out of the "
		    "record when you mean it");
	}
	if (record->not_before <= now && record->not_after - now > SOON)
		return;
	if (record->not_before > now || record->not_after < now)
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "stamp-key-out-of-time", "the key record at %s %s", name,
		    record->not_before > now
			? "holds from a later time on (nb=)"
			: "has expired (na=)");
	else
		diagnosis_add(doctor->diagnosis, SEVERITY_WARNING,
		    "stamp-key-expires", "the key record at %s expires in %d "
		    "days (na=)", name,
		    (int)((record->not_after - now) / DAY));
	diagnosis_why(doctor->diagnosis, why_dns);
	diagnosis_remedy(doctor->diagnosis, "hopseal keygen --domain %s "
	    "--selector NEW --out FILE   # publish it first, then switch",
	    doctor->config->stamp.domain);
}

static bool
same_key(const struct keyrecord *a, const struct keyrecord *b)
{
	return a->algorithm == b->algorithm && a->len == b->len &&
	    memcmp(a->octets, b->octets, a->len) == 0;
}

static void
compare(const struct doctor *doctor, const char *name, struct slice dns,
    struct slice own)
{
	struct keyrecord shown, ours;
	enum keyrecord_flaw flaw = keyrecord_read(dns, &shown);

	if (keyrecord_read(own, &ours) != KEYRECORD_FLAW_NONE)
		return;
	if (flaw == KEYRECORD_FLAW_NONE && same_key(&shown, &ours)) {
		check_dates(doctor, name, &shown);
		return;
	}
	if (flaw == KEYRECORD_FLAW_REVOKED)
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "stamp-key-revoked", "DNS says at %s that the key is "
		    "revoked (p= is empty)", name);
	else if (flaw != KEYRECORD_FLAW_NONE)
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "stamp-key-malformed", "the record at %s is no key record "
		    "of version DS1", name);
	else
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "stamp-key-differs", "DNS shows another key at %s than "
		    "the one in %s", name, doctor->config->stamp.key_file);
	say_publish(doctor, name, own);
}

void
doctor_stamp(const struct doctor *doctor)
{
	const struct stamp_config *stamp = &doctor->config->stamp;
	char name[KEYRECORD_NAME_MAX + 1];
	struct stamp_key *key;
	struct buf own, dns;
	enum status status;

	if (stamp->domain == NULL)
		return;
	key = read_key(doctor);
	if (key == NULL)
		return;
	check_reader(doctor);
	(void)snprintf(name, sizeof(name), "%s." KEYRECORD_LABEL ".%s",
	    stamp->selector, stamp->domain);
	buf_init(&own, KEYRECORD_MAX);
	buf_init(&dns, KEYRECORD_MAX);
	if (stamp_key_record(key, &own) == STATUS_OK) {
		status = dnskey_ask(doctor->dns, name, &dns);
		if (status == STATUS_OK)
			compare(doctor, name, buf_slice(&dns),
			    buf_slice(&own));
		else
			say_absent(doctor, name, status, buf_slice(&own));
	}
	buf_clear(&dns);
	buf_clear(&own);
	stamp_key_free(&key);
}
