/*
 * The JSON form of probeprint.h.
 */
#include "milter/ctl/probeprint.h"
#include "milter/ledger/entry.h"

static const char *
bool_word(bool value)
{
	return value ? "true" : "false";
}

static void
json_peers(const struct probe *probe, const struct probehost *host,
    struct buf *out)
{
	enum peer peer;
	struct buf line;

	buf_init(&line, 16384);
	buf_puts(out, ",\"peers\":{");
	for (peer = PEER_ANY; peer <= PEER_NAMED; peer++) {
		enum obstacle obstacle =
		    probe_judge(host, &probe->match, peer);

		buf_reset(&line);
		probe_explain(host, &probe->match, obstacle, &line);
		buf_printf(out, "%s\"%s\":{\"succeeds\":%s,\"cause\":",
		    peer == PEER_ANY ? "" : ",", peer_name(peer),
		    bool_word(obstacle == OBSTACLE_NONE));
		entry_put_json(out, buf_text(&line));
		buf_putc(out, '}');
	}
	buf_putc(out, '}');
	buf_clear(&line);
}

static void
json_session(const struct probehost *host, struct buf *out)
{
	const struct tls_report *tls = &host->tls;
	size_t i;

	buf_puts(out, ",\"tls\":");
	if (tls->info.state != TLS_ESTABLISHED) {
		buf_puts(out, "null");
		return;
	}
	buf_puts(out, "{\"version\":");
	entry_put_json(out, tls->info.version_text);
	buf_puts(out, ",\"cipher\":");
	entry_put_json(out, tls->info.cipher);
	buf_printf(out, ",\"bits\":%u,\"chain\":", tls->info.bits);
	entry_put_json(out,
	    tls->chain == CHAIN_GOOD ? "trusted" : tls->chain_words);
	buf_printf(out, ",\"name_matches\":%s,\"days_left\":%d,\"issuer\":",
	    bool_word(tls->name_matches), tls->days_left);
	entry_put_json(out, tls->issuer);
	buf_puts(out, ",\"names\":[");
	for (i = 0; i < tls->name_count; i++) {
		buf_puts(out, i == 0 ? "" : ",");
		entry_put_json(out, tls->names[i]);
	}
	buf_puts(out, "]}");
}

static void
json_versions(const struct probehost *host, struct buf *out)
{
	static const char *const words[] = {
	    [VERSION_UNTRIED] = "null", [VERSION_ACCEPTED] = "true",
	    [VERSION_REFUSED] = "false"};
	unsigned i;

	buf_puts(out, ",\"versions\":{");
	for (i = 0; i < PROBE_VERSIONS; i++)
		buf_printf(out, "%s\"%s\":%s", i == 0 ? "" : ",",
		    tls_version_number(TLS_VERSION_1_0 + i),
		    words[host->versions[i]]);
	buf_putc(out, '}');
}

static void
json_host(const struct probe *probe, const struct probehost *host,
    struct buf *out)
{
	buf_puts(out, "{\"host\":");
	entry_put_json(out, host->host);
	buf_puts(out, ",\"address\":");
	entry_put_json(out, host->address);
	buf_printf(out, ",\"preference\":%u,\"reply\":", host->preference);
	entry_put_json(out, host->reply);
	json_session(host, out);
	json_versions(host, out);
	buf_printf(out, ",\"requiretls\":%s,\"tlsa\":%zu,"
	    "\"tlsa_authentic\":%s", bool_word(host->requiretls), host->tlsa,
	    bool_word(host->tlsa_authentic));
	json_peers(probe, host, out);
	buf_putc(out, '}');
}

void
probe_print_json(const struct probe *probe, struct buf *out)
{
	size_t i;

	buf_puts(out, "{\"target\":");
	entry_put_json(out, probe->domain.text);
	buf_puts(out, ",\"source\":");
	entry_put_json(out, probe_source_words(probe->source));
	buf_printf(out, ",\"mta_sts\":%s,\"to\":\"%s\",\"peer\":\"%s\","
	    "\"satisfied\":%s,\"hosts\":[",
	    probe->sts_asked ? bool_word(probe->sts) : "null",
	    mode_name(probe->match.rule->to),
	    peer_name(probe->match.rule->level.peer),
	    bool_word(probe_satisfies(probe)));
	for (i = 0; i < probe->count; i++) {
		buf_puts(out, i == 0 ? "" : ",");
		json_host(probe, &probe->hosts[i], out);
	}
	buf_puts(out, "]}\n");
}
