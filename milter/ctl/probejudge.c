#include "milter/ctl/probejudge.h"

static bool
bears_domain(struct slice domain, const struct tls_session *session)
{
	char text[DOMAIN_MAX + 3];
	struct buf name;

	if (domain.len > 0 && domain.at[0] == '.')
		domain = slice_make(domain.at + 1, domain.len - 1);
	buf_init_fixed(&name, text, sizeof(text));
	buf_puts(&name, "*.");
	buf_put_slice(&name, domain);
	return buf_status(&name) == STATUS_OK &&
	    (tls_session_bears(session, buf_text(&name) + 2) ||
		tls_session_bears(session, buf_text(&name)));
}

bool
probe_bears_names(const struct match *match,
    const struct tls_session *session)
{
	const struct level *level = &match->rule->level;
	size_t i;

	if (level->peer_names == NULL)
		return bears_domain(match->domain, session);
	for (i = 0; i < level->peer_name_count; i++)
		if (tls_session_bears(session, level->peer_names[i]))
			return true;
	return false;
}

static enum obstacle
obstacle_of(enum gap gap)
{
	switch (gap) {
	case GAP_NONE:
	case GAP_TRUSTED:
	case GAP_NAMED:
		break;
	case GAP_UNKNOWN:
	case GAP_TLS:
		return OBSTACLE_SESSION;
	case GAP_VERSION:
		return OBSTACLE_VERSION;
	case GAP_BITS:
		return OBSTACLE_BITS;
	case GAP_CIPHER:
		return OBSTACLE_CIPHER;
	}
	return OBSTACLE_NONE;
}

enum obstacle
probe_judge(const struct probehost *host, const struct match *match,
    enum peer peer)
{
	struct level level = match->rule->level;
	enum obstacle obstacle;

	if (host->end != SMTP_GOOD)
		return OBSTACLE_SESSION;
	level.peer = PEER_ANY; /* certificates are judged below */
	obstacle = obstacle_of(
	    level_check(&level, match->domain, &host->tls.info));
	if (obstacle != OBSTACLE_NONE || peer == PEER_ANY)
		return obstacle;
	if (host->tls.chain != CHAIN_GOOD)
		return OBSTACLE_CHAIN;
	if (peer == PEER_TRUSTED && !host->tls.name_matches)
		return OBSTACLE_HOST_NAME;
	if (peer == PEER_NAMED && !host->bears_wanted)
		return OBSTACLE_PEER_NAME;
	return OBSTACLE_NONE;
}
