#include "milter/ctl/report_page.h"

#include <stdio.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light}"
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,"
    "sans-serif;color:#1d2430;background:#fff;max-width:60rem;"
    "margin:2rem auto;padding:0 1.5rem}"
    "h1{font-size:1.55rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;"
    "border-bottom:1px solid #d5dae1;padding-bottom:.25rem}"
    "h3{font-size:1rem;margin:1.2rem 0 .3rem}"
    ".sub,.note{color:#5a6472;margin:.2rem 0}.note{font-size:.85rem}"
    ".answer{font-size:1.2rem;line-height:1.45;margin:1.2rem 0;padding:.8rem "
    "1.1rem;border-left:6px solid #8a94a3;background:#f5f7f9}"
    ".answer.good{border-color:#1b7f5c}.answer.bad{border-color:#c23b22}"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:.8rem 0}"
    ".card{flex:1 1 6rem;border:1px solid #d5dae1;border-radius:6px;"
    "padding:.5rem .7rem}.card b{display:block;font-size:1.25rem}"
    ".card span{color:#5a6472;font-size:.85rem}.card.bad b{color:#c23b22}"
    ".card.good b{color:#1b7f5c}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}"
    "th,td{text-align:left;padding:.28rem .5rem;border-bottom:1px solid "
    "#e3e7ec;vertical-align:top}th{background:#f5f7f9;font-weight:600}"
    "th:first-child{width:32%}.why th:first-child{width:18%}"
    ".why th:nth-child(3){width:38%}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}td.d{overflow-wrap:anywhere}"
    "tr.breach td{background:#fdf0ed}td.bad,.bad-text{color:#c23b22;"
    "font-weight:600}.good-text{color:#1b7f5c;font-weight:600}"
    "pre{background:#f5f7f9;border:1px solid #d5dae1;border-radius:6px;"
    "padding:.7rem .9rem;font-size:.85rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere}code{overflow-wrap:anywhere}"
    "svg.chart{width:100%;height:auto}svg.shares{width:100%;height:1.3rem;"
    "border-radius:4px}svg text{font:12px system-ui,Arial,sans-serif;"
    "fill:#5a6472}svg .grid{stroke:#e3e7ec}"
    ".tls{fill:#1b7f5c;background:#1b7f5c}.unknown{fill:#9aa4b1;"
    "background:#9aa4b1}.plain{fill:#c23b22;background:#c23b22}"
    ".refused{fill:#e0a526;background:#e0a526}"
    ".legend{font-size:.88rem;margin:.2rem 0}.legend span{margin-right:1rem}"
    ".legend i{display:inline-block;width:.75rem;height:.75rem;"
    "margin-right:.35rem;border-radius:2px}"
    "footer{margin-top:2.5rem;border-top:1px solid #d5dae1;color:#5a6472;"
    "font-size:.85rem}"
    "@media print{body{margin:0;max-width:none;font-size:10.5pt}"
    "h2{break-after:avoid}tr,svg,pre,.card,.answer{break-inside:avoid}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    "@page{margin:16mm}}";

void
page_text(const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			(void)fputs("&amp;", stdout);
			break;
		case '<':
			(void)fputs("&lt;", stdout);
			break;
		case '>':
			(void)fputs("&gt;", stdout);
			break;
		case '"':
			(void)fputs("&quot;", stdout);
			break;
		default:
			(void)putchar(*text);
		}
	}
}

/* The name of the log, up to the first `+` of the verifier key. */
static void
put_log_name(const struct integrity *integrity)
{
	char name[sizeof(integrity->vkey)];

	memcpy(name, integrity->vkey, sizeof(name));
	name[strcspn(name, "+")] = '\0';
	page_text(name);
}

static void
put_title(const struct report *report, const char *since, const char *until)
{
	(void)printf("<!DOCTYPE html>\n<html lang=\"en\"><head>"
		     "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		     "content=\"width=device-width\">\n<title>TLS report ");
	page_text(report->domain != NULL ? report->domain : "");
	(void)printf(" %s to %s</title>\n<style>%s</style></head><body>\n",
	    since, until, style);
}

void
page_head(const struct report *report)
{
	char since[PERIOD_TEXT], until[PERIOD_TEXT], today[PERIOD_TEXT];

	report_period(report, since, until);
	period_print(report->now / PERIOD_DAY_MS, today);
	put_title(report, since, until);
	(void)fputs("<header><h1>", stdout);
	(void)fputs(report->domain != NULL ? "Do we use TLS with " : "TLS "
		    "report", stdout);
	if (report->domain != NULL) {
		page_text(report->domain);
		(void)putchar('?');
	}
	(void)printf("</h1>\n<p class=\"sub\">%s to %s (UTC) &middot; ledger ",
	    since, until);
	put_log_name(&report->integrity);
	(void)printf(" &middot; made on %s</p></header>\n", today);
}

void
page_foot(void)
{
	(void)puts("<footer><p>\"Over TLS\" speaks of the hop between the "
	    "partner's mail server and ours, as our mail server saw it. "
	    "\"Stamped\" messages carry that statement with them, signed. "
	    "\"Below policy\" counts mail that was taken or sent although its "
	    "session did not meet what the policy asks for.</p></footer>"
	    "</body></html>");
}
