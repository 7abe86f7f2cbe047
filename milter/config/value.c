#include "milter/config/value.h"

#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "policy/network.h"

static bool
is_graph(char c)
{
	return c > 0x20 && c < 0x7f;
}

const char *
value_printable(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (!is_graph(text[i]) && text[i] != ' ')
			return "has an octet that is not printable ASCII; "
			       "allowed: letters, digits, signs and blanks";
	if (i > VALUE_TEXT_MAX)
		return "is too long; allowed: 200 octets";
	if (slice_trim(slice_of(text)).len != i)
		return "begins or ends with a blank; take it away";
	return NULL;
}

const char *
value_word(const char *text)
{
	if (strchr(text, ' ') != NULL)
		return "has a blank; allowed: printable ASCII without blanks";
	return value_printable(text);
}

const char *
value_prefix(const char *text)
{
	if (strpbrk(text, "@<>\"\\(),;[]{}") != NULL || strlen(text) > 32)
		return "is no prefix of a local-part; allowed: at most 32 "
		       "letters, digits and signs; no quote, bracket, "
		       "comma, semicolon, backslash or @";
	return value_word(text);
}

const char *
value_bool(const char *text, bool *out)
{
	*out = strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
	    strcasecmp(text, "on") == 0;
	if (*out || strcasecmp(text, "false") == 0 ||
	    strcasecmp(text, "no") == 0 || strcasecmp(text, "off") == 0)
		return NULL;
	return "is not allowed; allowed: true, false";
}

const char *
value_mode(const char *text, mode_t *out)
{
	size_t len = strlen(text);
	mode_t mode = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '7' || len > 4)
			len = 0;
		else
			mode = (mode_t)(mode * 8 + (mode_t)(text[i] - '0'));
	}
	if (len < 3 || mode > 0777)
		return "is no mode; allowed: octal digits from \"000\" to "
		       "\"0777\"";
	*out = mode;
	return NULL;
}

const char *
value_url(const char *text)
{
	static const char wrong[] = "is no URL; allowed: http://HOST/... or "
				    "https://HOST/... in printable ASCII, at "
				    "most 200 octets";
	const char *host = text;
	size_t i;

	if (strncasecmp(text, "http://", 7) == 0)
		host += 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		host += 8;
	if (host == text || (!ascii_is_alnum(*host) && *host != '['))
		return wrong;
	for (i = 0; text[i] != '\0'; i++)
		if (!is_graph(text[i]) ||
		    strchr("<>\"\\^`{|}", text[i]) != NULL)
			return wrong;
	return i > VALUE_URL_MAX ? wrong : NULL;
}

const char *
value_database(const char *text)
{
	size_t i;

	if (strncmp(text, "postgresql://", 13) != 0 &&
	    strncmp(text, "postgres://", 11) != 0)
		return "is no URL of PostgreSQL; allowed: "
		       "postgresql://USER@HOST/DATABASE";
	for (i = 0; text[i] != '\0'; i++)
		if (!is_graph(text[i]))
			return "has an octet that no URL has; write it as "
			       "%XX";
	return i > VALUE_DATABASE_MAX ?
	    "is too long; allowed: 1000 octets" : NULL;
}

static const char *
check_path(const char *path)
{
	size_t len = strlen(path);

	if (path[0] != '/')
		return "has no absolute path; allowed: local:/PATH";
	if (len >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "has a path that is too long for a socket; allowed: "
		       "107 octets";
	if (path[len - 1] == '/')
		return "names a folder; allowed: local:/FOLDER/FILE";
	return value_printable(path);
}

/* PORT@HOST */
static const char *
check_inet(struct slice rest, bool is_v6)
{
	static const char wrong[] = "is no socket; allowed: local:/PATH, "
				    "inet:PORT@HOST, inet6:PORT@HOST";
	struct slice port = slice_cut(&rest, '@');
	struct ipaddr addr;
	unsigned long number;

	if (rest.len == 0 || rest.len > DOMAIN_MAX)
		return wrong;
	if (!slice_number(port, 65535, &number) || number == 0)
		return "has no port; allowed: a number from 1 to 65535 in "
		       "front of @HOST";
	if (memchr(rest.at, ':', rest.len) != NULL) {
		if (!is_v6)
			return "has an IPv6 address; allowed: inet6:PORT@HOST";
		return ipaddr_parse(rest, &addr) ? NULL : wrong;
	}
	if (is_v6 && ipaddr_parse(rest, &addr))
		return "has an IPv4 address; allowed: inet:PORT@HOST";
	return domain_is_plain(rest) ? NULL : wrong;
}

const char *
value_socket(const char *text)
{
	struct slice rest = slice_of(text);
	struct slice scheme = slice_cut(&rest, ':');

	if (rest.at != NULL &&
	    (slice_is(scheme, "local") || slice_is(scheme, "unix")))
		return check_path(rest.at);
	if (rest.at != NULL && slice_is(scheme, "inet"))
		return check_inet(rest, false);
	if (rest.at != NULL && slice_is(scheme, "inet6"))
		return check_inet(rest, true);
	return "is no socket; allowed: local:/PATH, inet:PORT@HOST, "
	       "inet6:PORT@HOST";
}

const char *
value_domain(struct slice text, struct domain *out)
{
	struct slice inside;
	struct ipaddr addr;

	domain_normalize(text, out);
	inside = slice_make(out->text + 1, out->len < 2 ? 0 : out->len - 2);
	if (out->kind == DOMAIN_LITERAL && !ipaddr_parse(inside, &addr) &&
	    ipaddr_parse_loosely(inside, &addr))
		return "is no IPv4 address as it is usually written (a zero in "
		       "front makes a part octal); allowed: four numbers from "
		       "0 to 255, like [192.0.2.1]";
	if (out->kind == DOMAIN_LITERAL)
		return NULL;
	if (text.len > 0 && memchr(text.at, '*', text.len) != NULL)
		return "has a star; a domain speaks for everything below it";
	if (out->kind != DOMAIN_NAME)
		return "is no domain name; allowed: names like bank.example, "
		       "literals like [192.0.2.1]";
	if (out->text[0] == '.')
		return "begins with a dot; take it away";
	if (strstr(out->text, "..") != NULL)
		return "has an empty label; take one dot away";
	return NULL;
}

/* sub-domain *( "." sub-domain ), each of at most 63 octets */
static bool
are_labels(struct slice text)
{
	struct slice rest = text;
	struct slice label;
	size_t i;

	do {
		label = slice_cut(&rest, '.');
		if (label.len == 0 || label.len > 63 || label.at[0] == '-' ||
		    label.at[label.len - 1] == '-')
			return false;
		for (i = 0; i < label.len; i++)
			if (!ascii_is_alnum(label.at[i]) && label.at[i] != '-')
				return false;
	} while (rest.at != NULL);
	return true;
}

const char *
value_selector(const char *text)
{
	if (strlen(text) > DOMAIN_MAX || !are_labels(slice_of(text)))
		return "is no selector; allowed: letters, digits and hyphens "
		       "inside, in labels with dots between";
	return NULL;
}

const char *
value_class(const char *text)
{
	if (strcmp(text, "none") == 0)
		return "is no class name: the word stands for no class; take "
		       "another name";
	if (strlen(text) > VALUE_NAME_MAX || !domain_is_plain(slice_of(text)))
		return "is no class name; allowed: letters, digits, hyphen, "
		       "underscore and dot, at most 64";
	return NULL;
}

const char *
value_account(const char *text)
{
	size_t len = strlen(text);
	bool good = len > 0 && len <= VALUE_NAME_MAX && text[0] != '-';
	size_t i;

	for (i = 0; i < len; i++)
		good = good && is_graph(text[i]) && text[i] != ':' &&
		    text[i] != '/';
	return good ? NULL : "is no name of a user or group; allowed: "
			     "printable ASCII without blank, colon and slash";
}

const char *
value_header(const char *text, size_t *name_len, size_t *value_at)
{
	const char *colon = strchr(text, ':');
	size_t i;

	if (value_printable(text) != NULL)
		return value_printable(text);
	if (colon == NULL || colon == text ||
	    colon - text > VALUE_NAME_MAX)
		return "is no header field; allowed: \"Name: value\"";
	*name_len = (size_t)(colon - text);
	for (i = 0; i < *name_len; i++)
		if (text[i] == ' ')
			return "has a blank in its name; allowed: \"Name: "
			       "value\"";
	*value_at = *name_len + 1;
	while (text[*value_at] == ' ')
		(*value_at)++;
	if (text[*value_at] == '\0')
		return "has no value; allowed: \"Name: value\"";
	return NULL;
}

const char *
value_peer_name(const char *text, char out[PEER_NAME_SIZE])
{
	size_t star = strncmp(text, "*.", 2) == 0 ? 2 : 0;
	struct domain domain;

	domain_normalize(slice_of(text + star), &domain);
	if (strchr(text + star, '*') != NULL)
		return "has a star inside; allowed: *. in front, for one label";
	if (domain.kind != DOMAIN_NAME || domain.text[0] == '.' ||
	    strstr(domain.text, "..") != NULL)
		return "is no host name; allowed: names like mx.bank.example "
		       "or *.bank.example";
	memcpy(out, text, star);
	memcpy(out + star, domain.text, domain.len + 1);
	return NULL;
}
