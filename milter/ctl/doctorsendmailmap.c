/*
 * Sendmail's access map: is it there, and does it ask for as much as the
 * rules do, of every recipient whom they bind?
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/accessmap.h"
#include "milter/ctl/doctorsendmailaccess.h"
#include "policy/nexthop.h"

/* How many names there are of one kind, and the first of them. */
struct names {
	size_t count;
	char first[DOMAIN_MAX + 64];
};

struct look {
	const struct table *table;
	const struct accessmap *map; /* NULL: there is none */
	struct names unbound, weak;
	struct accessdemand most; /* what all rules together ask for */
};

static void
add_name(struct names *names, struct slice name)
{
	if (names->count > 0 &&
	    slice_equal_nocase(name, slice_of(names->first)))
		return;
	if (names->count++ == 0)
		(void)snprintf(names->first, sizeof(names->first), "%.*s",
		    (int)name.len, name.at);
}

static void
look_for(struct look *look, struct slice key, const struct accessdemand *want)
{
	const struct accessline *line =
	    look->map == NULL ? NULL : accessmap_find(look->map, key);

	if (line == NULL)
		add_name(&look->unbound, key);
	else if (!accessdemand_covers(&line->demand, want))
		add_name(&look->weak, line->key.len > 0 ? line->key : key);
}

/* A name has a second line, in brackets: it is the host of that name. */
static bool
look_for_rule(void *context, const struct match *match, enum scope scope)
{
	struct look *look = context;
	struct accessdemand want;
	char storage[DOMAIN_MAX + 3];
	struct buf bracketed;

	(void)scope;
	if (!nexthop_is_bound_by(match->rule))
		return true;
	want = accessdemand_of(&match->rule->level);
	accessdemand_join(&look->most, &want);
	look_for(look, match->domain, &want);
	if (match->domain.at[0] == '[')
		return true;
	buf_init_fixed(&bracketed, storage, sizeof(storage));
	buf_printf(&bracketed, "[%.*s]", (int)match->domain.len,
	    match->domain.at);
	look_for(look, buf_slice(&bracketed), &want);
	return true;
}

/* The rule `*` has the line of the empty key. */
static void
look_for_all(struct look *look)
{
	struct accessdemand want;
	struct domain none;
	struct match match;

	domain_init(&none);
	table_find(look->table, &none, &match);
	if (!nexthop_is_bound_by(match.rule))
		return;
	want = accessdemand_of(&match.rule->level);
	accessdemand_join(&look->most, &want);
	if (look->map == NULL || look->map->all == NULL)
		add_name(&look->unbound, slice_of("*"));
	else if (!accessdemand_covers(&look->map->all->demand, &want))
		add_name(&look->weak, slice_of("*"));
}

/* What a line must ask for; false: no rule speaks of its key. */
static bool
wanted_of(const struct look *look, struct slice key, struct accessdemand *out)
{
	struct domain domain;
	struct match match;

	while (memchr(key.at, '@', key.len) != NULL)
		(void)slice_cut(&key, '@');
	*out = look->most;
	if (key.len == 0) /* `user@`: of whatever domain */
		return true;
	domain_normalize(key, &domain);
	table_find(look->table, &domain, &match);
	if (!nexthop_is_bound_by(match.rule))
		return false;
	*out = accessdemand_of(&match.rule->level);
	return true;
}

/* Lines of users, and of what is below a domain, count before the domain's. */
static void
look_at_lines(struct look *look)
{
	struct accessdemand want;
	size_t i;

	for (i = 0; look->map != NULL && i < look->map->count; i++) {
		const struct accessline *line = &look->map->line[i];

		if (line->key.len > 0 && wanted_of(look, line->key, &want) &&
		    !accessdemand_covers(&line->demand, &want))
			add_name(&look->weak, line->key);
	}
}

static const char *
and_others(const struct names *names)
{
	return names->count > 1 ? " and others" : "";
}

static void
say_unbound(const struct sendmail_view *sendmail, const struct names *names,
    const struct sendmail_map *access)
{
	if (names->count == 0)
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "outbound-not-bound",
	    "Sendmail: rules require TLS to %s%s, and the access map says "
	    "nothing of it, or there is none", names->first,
	    and_others(names));
	diagnosis_why(sendmail->d, "Mail to them leaves in clear text when "
	    "STARTTLS fails. A name in brackets is looked for as it is.");
	sendmail_access_remedy(sendmail, access);
}

static void
say_weak(const struct sendmail_view *sendmail, const struct names *names,
    const struct sendmail_map *access)
{
	const char *file = access->text.at;

	if (names->count == 0)
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "access-map-weaker",
	    "Sendmail: %s asks for less than the rule does in its line "
	    "TLS_Rcpt:%s%s", file, names->first, and_others(names));
	diagnosis_why(sendmail->d, "Sendmail takes the line of user@domain, "
	    "then that of user@, then that of the nearest domain: mail that "
	    "it speaks of leaves with less than the rule requires, or in "
	    "clear text.");
	diagnosis_remedy(sendmail->d, "hopseal export sendmail -c %s   # has "
	    "what each line must ask for: put it in place of those in %s, "
	    "then makemap %s %s < %s", sendmail->doctor->config_file, file,
	    access->class.at, file, file);
}

void
sendmail_check_map(const struct sendmail_view *sendmail)
{
	struct look look = {.table = sendmail->doctor->config->table};
	struct accessmap map = {.count = 0};
	struct sendmail_map access;

	if (sendmail_map_find(sendmail, "Kaccess ", SENDMAIL_ACCESS_FILE,
		&access)) {
		sendmail_access_check_options(sendmail, &access);
		if (!sendmail_access_read(sendmail, &access, &map))
			return;
		look.map = &map;
	}
	table_each(look.table, look_for_rule, &look);
	look_for_all(&look);
	if (look.most.kind != ACCESS_NOTHING)
		look_at_lines(&look);
	say_unbound(sendmail, &look.unbound, &access);
	say_weak(sendmail, &look.weak, &access);
	if (look.map != NULL)
		accessmap_clear(&map);
}
