/*
 * nothing: a filter that does nothing, to measure what the protocol costs.
 *
 *	nothing all SOCKET	every callback, libmilter's own negotiation
 *	nothing lean SOCKET	the fewest steps with which a filter can still
 *				refuse a recipient and add a field
 *
 * All other filters are measured against these two in the same run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libmilter/mfapi.h>

/*
 * On TCP these cost 40 ms for each message, the MTA's Nagle against our
 * delayed ACK: NR_ flags, and NODATA (Postfix flushes the macros of DATA when
 * it hands the filter over to cleanup, and nobody answers them).
 */
static bool on_unix_socket;

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	(void)ctx, (void)name, (void)address;
	return on_unix_socket ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	(void)ctx, (void)name;
	return on_unix_socket ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx, (void)name, (void)value;
	return on_unix_socket ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_address(SMFICTX *ctx, char **arguments)
{
	(void)ctx, (void)arguments;
	return SMFIS_CONTINUE;
}

static sfsistat
on_text(SMFICTX *ctx, const char *text)
{
	(void)ctx, (void)text;
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	(void)ctx, (void)data, (void)len;
	return SMFIS_CONTINUE;
}

static sfsistat
on_step(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long unused2, unsigned long unused3, unsigned long *want_actions,
    unsigned long *want_steps, unsigned long *want2, unsigned long *want3)
{
	unsigned long lean = SMFIP_NOUNKNOWN | SMFIP_NOEOH | SMFIP_NOBODY;

	(void)ctx, (void)unused2, (void)unused3;
	if (on_unix_socket)
		lean |= SMFIP_NODATA | SMFIP_NR_CONN | SMFIP_NR_HELO |
		    SMFIP_NR_HDR;
	*want_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS);
	*want_steps = steps & lean;
	*want2 = *want3 = 0;
	return SMFIS_CONTINUE;
}

static struct smfiDesc filter = {
	.xxfi_name = "nothing",
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS,
	.xxfi_connect = on_connect,
	.xxfi_helo = on_helo,
	.xxfi_envfrom = on_address,
	.xxfi_envrcpt = on_address,
	.xxfi_header = on_header,
	.xxfi_eoh = on_step,
	.xxfi_body = on_body,
	.xxfi_eom = on_step,
	.xxfi_abort = on_step,
	.xxfi_close = on_step,
	.xxfi_unknown = on_text,
	.xxfi_data = on_step,
};

int
main(int argc, char **argv)
{
	if (argc != 3 ||
	    (strcmp(argv[1], "all") != 0 && strcmp(argv[1], "lean") != 0)) {
		fprintf(stderr, "usage: nothing all|lean SOCKET\n");
		return 64;
	}
	if (strcmp(argv[1], "lean") == 0) {
		filter.xxfi_negotiate = on_negotiate;
		on_unix_socket = strncmp(argv[2], "inet", 4) != 0;
	}
	if (smfi_setconn(argv[2]) != MI_SUCCESS ||
	    smfi_register(filter) != MI_SUCCESS)
		return 70;
	return smfi_main() == MI_SUCCESS ? 0 : 70;
}
