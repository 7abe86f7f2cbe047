/*
 * Sendmail's access map: is it there, can it be read, and is it what its text
 * makes?
 */
#include "milter/ctl/doctorsendmailaccess.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void
sendmail_access_check_options(const struct sendmail_view *sendmail,
    const struct sendmail_map *access)
{
	if (!access->is_named ||
	    (!access->is_optional && access->says_failure))
		return;
	diagnosis_add(sendmail->d, SEVERITY_WARNING, "access-map-optional",
	    "Sendmail: access_db is made %s", access->is_optional
	    ? "with -o, so that the map may be absent"
	    : "without -T<TMPF>, so that a map which cannot be read is "
	      "passed over");
	diagnosis_why(sendmail->d, "While the map is gone or broken, mail "
	    "that a rule binds leaves in clear text. With -T<TMPF> and "
	    "without -o, which FEATURE(`access_db') alone sets, it waits.");
	diagnosis_remedy(sendmail->d, "# in sendmail.mc: "
	    "FEATURE(`access_db', `%s -T<TMPF> %s')dnl; then make sendmail.cf "
	    "anew and restart Sendmail", access->class.at, access->text.at);
}

/*
 * Where there is no text, it is made of the database first. Between its first
 * line and its last an older export loses its own lines, and nothing else.
 * is_broken: makemap opens what is there, and may fail of it.
 */
static void
put_remedy(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, bool is_broken)
{
	const char *file = access->text.at, *class = access->class.at;
	const char *database = access->database.at;
	char storage[2][DIAGNOSIS_TEXT_MAX + 1];
	struct buf before, aside;
	struct stat info;

	buf_init_fixed(&before, storage[0], sizeof(storage[0]));
	buf_init_fixed(&aside, storage[1], sizeof(storage[1]));
	if (is_broken)
		buf_printf(&aside, "mv %s %s.broken &&\n", database, database);
	else if (stat(file, &info) != 0 && stat(database, &info) == 0)
		buf_printf(&before, "makemap -u %s %s > %s &&\n", class, file,
		    file);
	diagnosis_remedy(sendmail->d, "hopseal export sendmail -c %s > "
	    "%s.new &&\n%stouch %s && sed -i '$a\\' %s &&\n"
	    "sed -i '/by hopseal export/,/End of "
	    "hopseal export/{/^#/d;/^TLS_Rcpt:/d}' %s &&\n"
	    "cat %s.new >> %s &&\n%smakemap %s %s < %s%s",
	    sendmail->doctor->config_file, file, buf_text(&before), file,
	    file, file, file, file, buf_text(&aside), class, file, file,
	    access->is_named ? ""
			     : "   # with FEATURE(`access_db') in sendmail.mc");
}

void
sendmail_access_remedy(const struct sendmail_view *sendmail,
    const struct sendmail_map *access)
{
	put_remedy(sendmail, access, false);
}

static void
say_missing(const struct sendmail_view *sendmail,
    const struct sendmail_map *access)
{
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "access-map-missing",
	    "Sendmail: the access map is %s, and there is no such file",
	    access->database.at);
	diagnosis_why(sendmail->d, "No delivery is kept to TLS, whatever the "
	    "text says; or all mail waits.");
	sendmail_access_remedy(sendmail, access);
}

static void
say_broken(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, const char *how)
{
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "access-map-broken",
	    "Sendmail: the access map %s is no database: %s",
	    access->database.at, how);
	diagnosis_why(sendmail->d, "No delivery is kept to TLS, whatever the "
	    "text says; or all mail waits.");
	put_remedy(sendmail, access, true);
}

/* Without a text, nothing at all is known of what root could look at. */
static void
say_unread(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, const char *how)
{
	struct stat info;
	bool is_dark = sendmail->doctor->is_root &&
	    access->database.at[0] != '\0' &&
	    stat(access->text.at, &info) != 0;

	diagnosis_add(sendmail->d,
	    is_dark ? SEVERITY_WARNING : SEVERITY_NOTE, "access-map-unread",
	    "Sendmail: what the access map %s %s holds is not known: %s",
	    access->class.at, access->text.at, how);
	diagnosis_why(sendmail->d, "Its text alone, if there is one, was "
	    "compared with the rules; Sendmail does not read that.");
	diagnosis_remedy(sendmail->d, "makemap -u %s %s   # has to list what "
	    "hopseal export sendmail prints", access->class.at,
	    access->text.at);
}

static void
say_older(const struct sendmail_view *sendmail,
    const struct sendmail_map *access)
{
	const char *file = access->text.at;

	diagnosis_add(sendmail->d, SEVERITY_WARNING, "access-map-stale",
	    "Sendmail: %s is older than %s", access->database.at, file);
	diagnosis_why(sendmail->d, "Sendmail reads the database: what was "
	    "changed in the text does not hold yet.");
	diagnosis_remedy(sendmail->d, "makemap %s %s < %s", access->class.at,
	    file, file);
}

/* To make the database of its text alone might lose the lines of rules. */
static void
say_other(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, struct slice key)
{
	diagnosis_add(sendmail->d, SEVERITY_WARNING, "access-map-stale",
	    "Sendmail: %s does not say the same of TLS_Rcpt:%.*s as %s",
	    access->database.at, (int)key.len, key.at, access->text.at);
	diagnosis_why(sendmail->d, "Sendmail reads the database: what the "
	    "text alone says does not hold, and what the database alone says "
	    "is lost when it is made anew.");
	sendmail_access_remedy(sendmail, access);
}

/*
 * The database as makemap lists it. Fails: IO (said: it is none, or no
 * makemap can tell), NOTFOUND and others (said: it was not read).
 */
static enum status
list_database(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, struct accessmap *out)
{
	struct fault fault;
	struct buf listing;
	enum status status;

	buf_init(&listing, SENDMAIL_LISTING_MAX);
	status = sendmail_map_list(sendmail, access, &listing, &fault);
	if (status == STATUS_OK)
		status = accessmap_take(&listing, out, &fault);
	if (status == STATUS_IO && !sendmail->doctor->is_root)
		status = STATUS_DENIED;
	if (status == STATUS_IO)
		say_broken(sendmail, access, fault.text);
	else if (status != STATUS_OK)
		say_unread(sendmail, access, fault.text);
	buf_clear(&listing);
	return status;
}

/* Fails: as list_database. */
static enum status
read_database(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, struct accessmap *out)
{
	struct stat made;

	if (stat(access->database.at, &made) != 0 && errno == ENOENT)
		say_missing(sendmail, access);
	else if (stat(access->database.at, &made) == 0 && made.st_size == 0)
		say_broken(sendmail, access, "it has 0 octets");
	else
		return list_database(sendmail, access, out);
	return STATUS_IO;
}

/* Was the text changed after the database was made? */
static bool
is_older(const struct sendmail_map *access)
{
	struct stat made, text;

	return stat(access->text.at, &text) == 0 &&
	    stat(access->database.at, &made) == 0 &&
	    (text.st_mtim.tv_sec > made.st_mtim.tv_sec ||
		(text.st_mtim.tv_sec == made.st_mtim.tv_sec &&
		    text.st_mtim.tv_nsec > made.st_mtim.tv_nsec));
}

/* Is the database what the text makes? */
static void
compare(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, const struct accessmap *database,
    const struct accessmap *text)
{
	struct slice key;

	if (accessmap_differ(text, database, &key))
		say_other(sendmail, access, key);
	else if (is_older(access))
		say_older(sendmail, access);
}

/* A text that may be read though the database is not is trusted. */
bool
sendmail_access_read(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, struct accessmap *out)
{
	struct accessmap text;
	struct fault fault;
	enum status status = STATUS_NOTFOUND;
	bool has_text;

	has_text = accessmap_read(access->text.at, &text, &fault) == STATUS_OK;
	if (access->database.at[0] != '\0')
		status = read_database(sendmail, access, out);
	else if (!has_text)
		say_unread(sendmail, access, fault.text);
	if (has_text && status != STATUS_OK && status != STATUS_IO) {
		*out = text;
		return true;
	}
	if (has_text && status == STATUS_OK)
		compare(sendmail, access, out, &text);
	if (has_text)
		accessmap_clear(&text);
	return status == STATUS_OK;
}
