/*
 * sheet: sections and lines of the domain table in one text, told apart.
 *
 *	class "partner" { mode = "require" }
 *	policy "hr.example.org" { to = "require" }
 *
 *	bank.example	partner
 *	.example.net	partner
 *
 * A line outside of braces that has no quote, brace, parenthesis or equal sign
 * belongs to the table; anything else must begin a class, policy or client
 * section, which goes on to the end of the line that closes its brace. The
 * text stands for itself on every host: it includes no file and asks for no
 * ${VARIABLE}.
 *
 * Threads: no state. Limits: SOURCE_MAX octets. Source: POLICY.md,
 * "hopseal.conf".
 */
#ifndef HOPSEAL_CONFIG_SHEET_H
#define HOPSEAL_CONFIG_SHEET_H

#include "milter/config/findings.h"
#include "policy/base/buf.h"

/* Two copies of the text, each with blanks where the other one speaks. */
struct sheet {
	struct buf sections;
	struct buf table;
};

/* Make both empty. Pair: sheet_clear. */
void sheet_init(struct sheet *sheet);
void sheet_clear(struct sheet *sheet);

/*
 * Fill sheet from text. file is for the findings. Fails: SYNTAX (there are
 * findings), LIMIT, NOMEM.
 */
enum status sheet_cut(struct slice text, const char *file,
    struct findings *findings, struct sheet *sheet) MUST_CHECK;

#endif
