/*
 * policyload: what a table of many domains costs.
 *
 *	policyload FILE LOOKUPS
 *
 * Reads the configuration FILE, then looks up LOOKUPS names that are like
 * those of its table (dN.example, half of them below it, half of them not
 * there): first of few, which the caches hold as they hold the partners of a
 * site, then of a million at random, where the table comes from main memory.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/config/config.h"

enum { NAMES = 1 << 20, FEW = 1 << 11, BLOCK = 512 };

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Resident memory, MB. */
static double
resident(void)
{
	FILE *status = fopen("/proc/self/statm", "r");
	char line[200], *rest;
	double pages = 0;

	if (status != NULL && fgets(line, sizeof(line), status) != NULL) {
		(void)strtoul(line, &rest, 10);
		pages = (double)strtoul(rest, NULL, 10);
	}
	if (status != NULL)
		(void)fclose(status);
	return pages * 4096 / 1e6;
}

static void
complain(void *context, const char *sentence)
{
	(void)context;
	(void)fprintf(stderr, "%s\n", sentence);
}

/* So many names are put into the caches, as the one of a RCPT command is. */
static void
warm(struct domain *near, const struct domain *names, unsigned long count,
    unsigned long first)
{
	unsigned long i;

	for (i = 0; i < BLOCK; i++)
		near[i] = names[(first + i) * 40503 % count];
}

static void
look_up(const struct table *table, const struct domain *names,
    unsigned long count, unsigned long lookups)
{
	unsigned long done, i, required = 0;
	double begin, took = 0;

	for (done = 0; done < lookups; done += BLOCK) {
		static struct domain near[BLOCK];

		warm(near, names, count, done);
		begin = now();
		for (i = 0; i < BLOCK; i++) {
			struct match match;

			table_find(table, &near[i], &match);
			required += match.rule->to == MODE_REQUIRE;
		}
		took += now() - begin;
	}
	(void)printf("%lu names: look-up %.0f ns, %.0f %% have a rule\n",
	    count, took * 1e9 / (double)done,
	    100.0 * (double)required / (double)done);
}

int
main(int argc, char **argv)
{
	static struct domain names[NAMES];
	unsigned long lookups, i;
	double begin, before;
	struct config *config;
	uint32_t seed = 1;

	if (argc != 3)
		return 64;
	lookups = strtoul(argv[2], NULL, 10);
	for (i = 0; i < NAMES; i++) {
		char text[64];

		seed = seed * 1664525 + 1013904223;
		(void)snprintf(text, sizeof(text), "%sd%07u.example",
		    seed >> 31 ? "mail.sub." : "", (seed >> 8) % 2000000);
		domain_normalize(slice_make(text, strlen(text)), &names[i]);
	}
	before = resident();
	begin = now();
	if (config_read(argv[1], complain, NULL, &config) != STATUS_OK)
		return 1;
	(void)printf("%zu domains: load %.2f s, resident %.0f MB more\n",
	    table_domains(config->table), now() - begin,
	    resident() - before);
	look_up(config->table, names, FEW, lookups);
	look_up(config->table, names, NAMES, lookups);
	config_free(&config);
	return 0;
}
