#include "link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

struct macro {
	const char *name, *value;
	bool tls;
};

static const struct macro macros[] = {
	{ "j", "mx.example.org", false },
	{ "v", "Postfix 3.7.11", false },
	{ "_", "client.example [192.0.2.25]", false },
	{ "i", "4cZ9Xk2QnBz3sW", false },
	{ "{daemon_name}", "mx.example.org", false },
	{ "{daemon_addr}", "127.0.0.1", false },
	{ "{mail_addr}", "alice@sender.example", false },
	{ "{mail_host}", "sender.example", false },
	{ "{mail_mailer}", "smtp", false },
	{ "{rcpt_addr}", "bob@example.org", false },
	{ "{rcpt_host}", "example.org", false },
	{ "{rcpt_mailer}", "local", false },
	{ "{tls_version}", "TLSv1.3", true },
	{ "{cipher}", "TLS_AES_256_GCM_SHA384", true },
	{ "{cipher_bits}", "256", true },
};

/* Postfix's own lists, by SMFIM_ stage. */
static const char *const default_lists[STAGES] = {
	"j {daemon_name} {daemon_addr} v _",
	"{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
	("i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} "
	"{mail_mailer}"),
	"i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
	"i",
	"i",
	"i",
};

void
link_die(const char *what)
{
	perror(what);
	exit(70);
}

void
link_flush(struct link *link)
{
	size_t done = 0;

	while (done < link->out_len) {
		ssize_t n = send(link->fd, link->out + done,
		    link->out_len - done, MSG_NOSIGNAL);
		if (n < 0)
			link_die("send");
		done += (size_t)n;
	}
	link->out_len = 0;
}

/* Queue a packet; the caller flushes where it waits for an answer. */
void
link_put(struct link *link, char command, const void *data, size_t len)
{
	uint32_t size = htonl((uint32_t)len + 1);

	if (link->out_len + len + 5 > OUT_MAX)
		link_flush(link);
	memcpy(link->out + link->out_len, &size, 4);
	link->out[link->out_len + 4] = (unsigned char)command;
	if (len > 0)
		memcpy(link->out + link->out_len + 5, data, len);
	link->out_len += len + 5;
}

static void
get_octets(struct link *link, void *out, size_t len)
{
	ssize_t n = recv(link->fd, out, len, MSG_WAITALL);

	if (n < 0 || (size_t)n != len)
		link_die("the filter closed the connection");
}

/* One packet into link->in; returns its command. */
static char
get(struct link *link, size_t *len)
{
	uint32_t size;

	get_octets(link, &size, 4);
	*len = ntohl(size);
	if (*len < 1 || *len > IN_MAX)
		link_die("packet size");
	get_octets(link, link->in, *len);
	return (char)link->in[0];
}

/* The final answer to a step; edits before it are counted. */
char
link_answer(struct link *link)
{
	size_t len;
	char code;

	link_flush(link);
	while ((code = get(link, &len)) == SMFIR_INSHEADER ||
	    code == SMFIR_CHGHEADER || code == SMFIR_ADDHEADER ||
	    code == SMFIR_PROGRESS)
		link->edits++;
	return code;
}

static const struct macro *
macro_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (strlen(macros[i].name) == len &&
		    memcmp(macros[i].name, name, len) == 0)
			return &macros[i];
	return NULL;
}

void
link_macros(struct link *link, int stage, char command)
{
	char data[2048];
	size_t len = 0;
	const char *at = link->lists[stage];

	data[len++] = command;
	while (*(at += strspn(at, " ")) != '\0') {
		size_t name_len = strcspn(at, " ");
		const struct macro *macro = macro_find(at, name_len);

		at += name_len;
		if (macro == NULL || (macro->tls && !link->tls_now))
			continue;
		len += 1 + (size_t)snprintf(data + len, sizeof(data) - len,
		    "%s", macro->name);
		len += 1 + (size_t)snprintf(data + len, sizeof(data) - len,
		    "%s", macro->value);
	}
	link_put(link, SMFIC_MACRO, data, len);
}

/* A step, unless the filter left it out; waits unless it is silent. */
char
link_step(struct link *link, char command, const void *data, size_t len,
    uint32_t leave_out, uint32_t silent)
{
	if ((link->steps & leave_out) != 0)
		return SMFIR_CONTINUE;
	link_put(link, command, data, len);
	return (link->steps & silent) != 0 ? SMFIR_CONTINUE : link_answer(link);
}

static void
read_lists(struct link *link, size_t len)
{
	size_t at = 13;
	uint32_t stage;

	for (int i = 0; i < STAGES; i++)
		snprintf(link->lists[i], sizeof(link->lists[i]), "%s",
		    default_lists[i]);
	while (at + 4 < len) {
		memcpy(&stage, link->in + at, 4);
		stage = ntohl(stage);
		if (stage >= STAGES)
			link_die("macro list");
		snprintf(link->lists[stage], sizeof(link->lists[stage]), "%s",
		    (const char *)link->in + at + 4);
		at += 4 + strlen((const char *)link->in + at + 4) + 1;
	}
}

void
link_negotiate(struct link *link)
{
	uint32_t offer[3] = { htonl(6), htonl(SMFI_CURR_ACTS),
		htonl(SMFI_CURR_PROT) };
	size_t len;

	link_put(link, SMFIC_OPTNEG, offer, sizeof(offer));
	link_flush(link);
	if (get(link, &len) != SMFIC_OPTNEG || len < 13)
		link_die("OPTNEG");
	memcpy(&link->steps, link->in + 9, 4);
	link->steps = ntohl(link->steps);
	read_lists(link, len);
}

int
link_dial(const char *target)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in inet = { .sin_family = AF_INET };
	const char *at = strchr(target, '@');
	int fd = socket(at == NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	int rc;

	if (at == NULL) {
		snprintf(local.sun_path, sizeof(local.sun_path), "%s", target);
		rc = connect(fd, (struct sockaddr *)&local, sizeof(local));
	} else {
		inet.sin_port = htons((uint16_t)strtoul(target, NULL, 10));
		inet_pton(AF_INET, at + 1, &inet.sin_addr);
		rc = connect(fd, (struct sockaddr *)&inet, sizeof(inet));
	}
	if (fd < 0 || rc != 0)
		link_die(target);
	return fd;
}
