#include "milter/filter/reply.h"

#include "policy/base/buf.h"

enum { LINE_MAX_OCTETS = 900 };

/* libmilter takes the line as a format: `%` is written twice. */
static void
write_line(const char *text, char line[LINE_MAX_OCTETS + 1])
{
	struct buf out;

	buf_init_fixed(&out, line, LINE_MAX_OCTETS + 1);
	for (; *text != '\0'; text++) {
		if (*text == '%')
			buf_puts(&out, "%%");
		else if ((unsigned char)*text >= 0x20 && *text != 0x7f)
			buf_putc(&out, *text);
	}
}

sfsistat
reply_send(SMFICTX *ctx, const struct reply *reply)
{
	char first[LINE_MAX_OCTETS + 1], second[LINE_MAX_OCTETS + 1];
	struct reply copy = *reply; /* libmilter wants it writable */

	if (reply->code[0] == '\0')
		return SMFIS_CONTINUE;
	write_line(reply->text, first);
	write_line(reply->help == NULL ? "" : reply->help, second);
	/* If it fails the MTA's own words for the verdict are used. */
	(void)smfi_setmlreply(ctx, copy.code, copy.xcode, first,
	    second[0] == '\0' ? NULL : second, NULL);
	return reply->code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

sfsistat
reply_fault(SMFICTX *ctx)
{
	struct reply reply;

	reply_for_fault(&reply);
	return reply_send(ctx, &reply);
}

sfsistat
reply_reconnect(SMFICTX *ctx)
{
	static const struct reply reply = {
	    .code = "421",
	    .xcode = "4.3.2",
	    .text = "Policy was reloaded, please connect again",
	};

	return reply_send(ctx, &reply);
}
