/*
 * Clients who have no filters, or others: smtpd_milter_maps.
 *
 * Source: postconf(5).
 */
#include <stdio.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/system/input.h"

enum { MAP_MAX = 4 * 1024 * 1024 };

/* `192.0.2.0/24 DISABLE`, or filters without hopseald. */
static bool
line_bypasses(const struct postfix_view *view,
    const struct postfix_service *service, struct slice line)
{
	struct postfix_milter milter;
	bool is_last;

	line = slice_trim(line);
	if (line.len == 0 || line.at[0] == '#' ||
	    slice_begins_nocase(line, "if ") ||
	    slice_begins_nocase(line, "if!") ||
	    slice_begins_nocase(line, "endif"))
		return false;
	while (line.len > 0 && !ascii_is_blank(line.at[0]))
		line = slice_make(line.at + 1, line.len - 1);
	line = slice_trim(line);
	return line.len > 0 &&
	    !postfix_find_ours(view, service, line, &milter, &is_last);
}

static bool
file_bypasses(const struct postfix_view *view,
    const struct postfix_service *service, struct slice file)
{
	struct slice rest;
	char name[1024];
	struct buf text;
	bool found = false;

	(void)snprintf(name, sizeof(name), "%.*s", (int)file.len,
	    file.at);
	buf_init(&text, MAP_MAX);
	if (input_read_regular(name, &text, NULL) == STATUS_OK)
		for (rest = buf_slice(&text); rest.at != NULL && !found;)
			found = line_bypasses(view, service,
			    slice_cut(&rest, '\n'));
	buf_clear(&text);
	return found;
}

/* A table in a file is read, and one that stands in its name. */
static bool
map_bypasses(const struct postfix_view *view,
    const struct postfix_service *service, struct slice map)
{
	struct slice line;

	if (slice_begins_nocase(map, "proxy:"))
		(void)slice_cut(&map, ':');
	(void)slice_cut(&map, ':');
	if (map.len > 0 && map.at[0] == '/')
		return file_bypasses(view, service, map);
	if (map.len < 2 || map.at[0] != '{')
		return false;
	map = slice_make(map.at + 1, map.len - 2);
	while ((line = postfixlist_next(&map)).at != NULL)
		if (line_bypasses(view, service, line))
			return true;
	return false;
}

void
postfix_check_clients(const struct postfix_view *view,
    const struct postfix_service *service)
{
	struct slice rest = slice_of(postfix_for(view, service,
	    "smtpd_milter_maps"));
	struct slice map;

	while ((map = postfixlist_next(&rest)).at != NULL) {
		if (!map_bypasses(view, service, map))
			continue;
		diagnosis_add(view->d, SEVERITY_WARNING, "clients-bypass",
		    "Postfix: smtpd_milter_maps of %s/%s leave hopseald out for "
		    "some clients (%.*s)", service->name, service->type,
		    (int)map.len, map.at);
		diagnosis_why(view->d, "What they send is not judged, stamped "
		    "or recorded.");
		diagnosis_remedy(view->d, "# name in it hosts of your own "
		    "alone, or name them in trusted-hosts of %s instead",
		    view->doctor->config_file);
		return;
	}
}
