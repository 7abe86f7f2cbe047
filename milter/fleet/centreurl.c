#include "milter/fleet/centreurl.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "milter/fleet/centre.h"

/* What the URL says of one parameter; NULL: nothing. */
static const char *
parameter(const PQconninfoOption *options, const char *name)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, name) == 0)
			return options->val;
	return NULL;
}

/* A server that is reached without a network. */
static bool
is_local(const PQconninfoOption *options)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
	const char *host = parameter(options, "hostaddr");
	size_t i;

	if (host == NULL)
		host = parameter(options, "host");
	if (host == NULL || host[0] == '\0' || host[0] == '/')
		return true;
	for (i = 0; i < LENGTH(names); i++)
		if (strcmp(host, names[i]) == 0)
			return true;
	return false;
}

/* libpq's words might repeat the password: they are not passed on. */
enum status
centreurl_parse(const char *url, PQconninfoOption **out, struct fault *fault)
{
	char *words = NULL;

	*out = PQconninfoParse(url, &words);
	if (words != NULL)
		PQfreemem(words);
	if (*out != NULL)
		return STATUS_OK;
	return fault_set(fault, STATUS_SYNTAX, "is no URL that libpq reads; "
	    "allowed: postgresql://USER@HOST:PORT/DATABASE?sslmode=..., with "
	    "what is special in a name written as %%XX");
}

enum status
centre_check(const char *url, const char **weak, struct fault *fault)
{
	PQconninfoOption *options;
	const char *mode;
	enum status status = centreurl_parse(url, &options, fault);

	if (weak != NULL)
		*weak = NULL;
	if (status != STATUS_OK)
		return status;
	mode = parameter(options, "sslmode");
	if (weak != NULL && mode != NULL && !is_local(options) &&
	    strcmp(mode, "verify-full") != 0)
		*weak = "lets another server pass for the right one (sslmode "
			"is weaker than verify-full); leave sslmode out, and "
			"name the CA with sslrootcert=FILE";
	PQconninfoFree(options);
	return STATUS_OK;
}

bool
centre_has_password(const char *url)
{
	PQconninfoOption *options;
	bool has = false;

	if (centreurl_parse(url, &options, NULL) == STATUS_OK) {
		has = parameter(options, "password") != NULL;
		PQconninfoFree(options);
	}
	return has;
}

static const char *
find_authorities(void)
{
	static const char *const files[] = {
	    "/etc/ssl/certs/ca-certificates.crt",
	    "/etc/pki/tls/certs/ca-bundle.crt"};
	size_t i;

	for (i = 0; i < LENGTH(files); i++)
		if (access(files[i], R_OK) == 0)
			return files[i];
	return NULL;
}

static void
add(struct centreurl_parameters *out, const char *name, const char *value)
{
	out->names[out->count] = name;
	out->values[out->count++] = value;
}

void
centreurl_fill(const char *url, const char *name,
    const PQconninfoOption *options, struct centreurl_parameters *out)
{
	static const char *const defaults[][2] = {
	    {"keepalives_idle", "30"}, {"keepalives_interval", "10"},
	    {"keepalives_count", "3"}, {"tcp_user_timeout", "60000"}};
	const char *authorities = find_authorities();
	size_t i;

	memset(out, 0, sizeof(*out));
	add(out, "dbname", url);
	add(out, "fallback_application_name", name);
	for (i = 0; i < LENGTH(defaults); i++)
		if (parameter(options, defaults[i][0]) == NULL)
			add(out, defaults[i][0], defaults[i][1]);
	if (is_local(options))
		return;
	if (parameter(options, "sslmode") == NULL)
		add(out, "sslmode", "verify-full");
	if (parameter(options, "sslrootcert") == NULL && authorities != NULL)
		add(out, "sslrootcert", authorities);
}

void
centreurl_describe(const PQconninfoOption *options, char *out, size_t size)
{
	const char *host = parameter(options, "host");
	const char *database = parameter(options, "dbname");

	(void)snprintf(out, size, "PostgreSQL at %s, database %s",
	    host == NULL || host[0] == '\0' ? "this machine" : host,
	    database == NULL ? "(default)" : database);
}
