#include "milter/ctl/probeprint.h"

enum { COLUMNS = 78, INDENT = 17 };

bool
probe_satisfies(const struct probe *probe)
{
	enum peer peer = probe->match.rule->level.peer;
	size_t i;

	if (probe->count == 0)
		return false;
	if (probe->match.rule->to != MODE_REQUIRE)
		peer = PEER_ANY;
	for (i = 0; i < probe->count; i++)
		if (probe_judge(&probe->hosts[i], &probe->match, peer) !=
		    OBSTACLE_NONE)
			return false;
	return true;
}

/* Append words, broken into lines that begin in that column. */
static void
put_folded(struct slice words, size_t indent, size_t column, struct buf *out)
{
	size_t i;

	while (words.len > 0) {
		struct slice word = slice_cut(&words, ' ');

		if (column > indent && column + 1 + word.len > COLUMNS) {
			buf_putc(out, '\n');
			for (i = 0; i < indent; i++)
				buf_putc(out, ' ');
			column = indent;
		} else if (column > indent) {
			buf_putc(out, ' ');
			column++;
		}
		buf_put_slice(out, word);
		column += word.len;
	}
	buf_putc(out, '\n');
}

static void
put_line(const char *label, const char *text, struct buf *out)
{
	buf_printf(out, "  %-13s  ", label);
	put_folded(slice_of(text), INDENT, INDENT, out);
}

static void
put_versions(const struct probehost *host, enum version_state state,
    struct buf *out)
{
	const char *before = "";
	unsigned i;

	for (i = 0; i < PROBE_VERSIONS; i++) {
		if (host->versions[i] != state)
			continue;
		buf_printf(out, "%s%s", before,
		    tls_version_number(TLS_VERSION_1_0 + i));
		before = ", ";
	}
	if (before[0] == '\0')
		buf_puts(out, "none");
}

static void
print_versions(const struct probehost *host, struct buf *line,
    struct buf *out)
{
	buf_reset(line);
	buf_puts(line, "accepts TLS ");
	put_versions(host, VERSION_ACCEPTED, line);
	buf_puts(line, "; refuses ");
	put_versions(host, VERSION_REFUSED, line);
	put_line("versions", buf_text(line), out);
}

static void
print_certificate(const struct tls_report *tls, struct buf *line,
    struct buf *out)
{
	size_t i;

	buf_reset(line);
	for (i = 0; i < tls->name_count; i++)
		buf_printf(line, "%s ", tls->names[i]);
	if (tls->name_count == 0)
		buf_puts(line, "(no DNS name) ");
	buf_printf(line, "by %s, ",
	    tls->issuer[0] == '\0' ? "an unnamed issuer" : tls->issuer);
	if (tls->days_left < 0)
		buf_printf(line, "expired %d days ago", -tls->days_left);
	else
		buf_printf(line, "good for %d days", tls->days_left);
	put_line("certificate", buf_text(line), out);
	put_line("chain",
	    tls->chain == CHAIN_GOOD ? "trusted" : tls->chain_words, out);
}

static void
print_session(const struct probehost *host, struct buf *line,
    struct buf *out)
{
	const struct tlsinfo *info = &host->tls.info;

	buf_reset(line);
	buf_printf(line, "%s, %s, %u bits", info->version_text, info->cipher,
	    info->bits);
	put_line("TLS", buf_text(line), out);
	print_certificate(&host->tls, line, out);
	put_line("REQUIRETLS", host->requiretls ? "offered" : "not offered",
	    out);
}

static void
print_tlsa(const struct probehost *host, struct buf *line, struct buf *out)
{
	buf_reset(line);
	if (host->tlsa == 0)
		buf_puts(line, "none");
	else
		buf_printf(line, "%zu, %s", host->tlsa, host->tlsa_authentic
		    ? "vouched for by DNSSEC"
		    : "not vouched for by DNSSEC, so without effect");
	put_line("TLSA records", buf_text(line), out);
}

static void
print_peers(const struct probe *probe, const struct probehost *host,
    struct buf *line, struct buf *out)
{
	enum peer peer;
	enum obstacle obstacle;

	for (peer = PEER_ANY; peer <= PEER_NAMED; peer++) {
		obstacle = probe_judge(host, &probe->match, peer);
		buf_reset(line);
		if (obstacle == OBSTACLE_NONE) {
			buf_puts(line, "would succeed");
		} else {
			buf_puts(line, "would fail: ");
			probe_explain(host, &probe->match, obstacle, line);
		}
		if (peer != PEER_ANY && obstacle != OBSTACLE_NONE &&
		    obstacle < OBSTACLE_CHAIN) {
			/* The same cause need not be told three times. */
			buf_reset(line);
			buf_puts(line, "would fail likewise");
		}
		buf_puts(line, ".");
		buf_printf(out, "  peer %-8s  ", peer_name(peer));
		put_folded(buf_slice(line), INDENT, INDENT, out);
	}
}

static void
print_host(const struct probe *probe, const struct probehost *host,
    struct buf *line, struct buf *out)
{
	buf_printf(out, "\n%s", host->host);
	if (host->address[0] != '\0')
		buf_printf(out, " [%s]", host->address);
	buf_printf(out, ":%s", probe->port);
	if (probe->source == PROBE_MX)
		buf_printf(out, ", preference %u", host->preference);
	buf_putc(out, '\n');
	if (host->tls.info.state == TLS_ESTABLISHED)
		print_session(host, line, out);
	else if (host->reply[0] != '\0' && host->end != SMTP_NO_STARTTLS &&
	    host->end != SMTP_TLS)
		put_line("its last words", host->reply, out);
	if (host->end == SMTP_GOOD || host->end == SMTP_TLS)
		print_versions(host, line, out);
	print_tlsa(host, line, out);
	print_peers(probe, host, line, out);
}

const char *
probe_source_words(enum probe_source source)
{
	switch (source) {
	case PROBE_DIRECT:
		return "is asked itself";
	case PROBE_MX:
		return "has MX records";
	case PROBE_ITSELF:
		return "has no MX record: mail goes to the name itself";
	case PROBE_NULL_MX:
		return "takes no mail: it publishes a null MX (RFC 7505)";
	case PROBE_NO_ANSWER:
		return "cannot be looked up: DNS did not answer. Try again, or "
		       "look at /etc/resolv.conf";
	case PROBE_NO_DOMAIN:
		return "does not exist in DNS. Is it spelt right?";
	}
	return "";
}

static void
print_verdict(const struct probe *probe, struct buf *line, struct buf *out)
{
	const struct rule *rule = probe->match.rule;

	if (probe->count == 0)
		return;
	buf_reset(line);
	buf_printf(line, "The policy in force (\"%.*s\": to = %s, peer = %s, "
	    "min-tls = %s) ", (int)probe->policy.len, probe->policy.at,
	    mode_name(rule->to), peer_name(rule->level.peer),
	    tls_version_number(rule->level.min_tls));
	if (probe_satisfies(probe))
		buf_puts(line, "would be met by every host.");
	else if (rule->to == MODE_REQUIRE)
		buf_puts(line, "would not be met by every host: mail to the "
		    "others waits until it is.");
	else
		buf_puts(line, "lets mail through all the same, in clear where "
		    "TLS fails.");
	buf_putc(out, '\n');
	put_folded(buf_slice(line), 0, 0, out);
}

void
probe_print_text(const struct probe *probe, struct buf *out)
{
	struct buf line;
	size_t i;

	buf_init(&line, 16384);
	buf_printf(&line, "%s %s.", probe->domain.text,
	    probe_source_words(probe->source));
	put_folded(buf_slice(&line), 0, 0, out);
	if (probe->sts_asked)
		buf_printf(out, "MTA-STS: %s\n",
		    probe->sts ? "published" : "none");
	for (i = 0; i < probe->count; i++)
		print_host(probe, &probe->hosts[i], &line, out);
	print_verdict(probe, &line, out);
	buf_clear(&line);
}
