/*
 * The ledger: can it be written, has it room, is the clock right?
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include "milter/ctl/doctor.h"
#include "milter/ctl/reach.h"
#include "milter/ledger/integrity.h"
#include "milter/system/clock.h"

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	SLACK_MS = 60 * 1000, /* of two clocks that are both right */
	MIB = 1024 * 1024,
	ROOM_MIB = 1024, /* below it, a warning */
	LEAST_MIB = 100  /* below it, an error */
};

static void
say_not_writable(const struct doctor *doctor, const char *path,
    const char *sentence)
{
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
	    "ledger-not-writable", "hopseald cannot write its ledger: %s",
	    sentence);
	diagnosis_why(doctor->diagnosis, "No evidence is kept; with "
	    "on-ledger-fault = \"defer\" all mail waits.");
	diagnosis_remedy(doctor->diagnosis, "chown %s: %s",
	    doctor->config->user, path);
}

/* The folder always: the write-ahead log is made in it. */
static void
check_writable(const struct doctor *doctor, const char *file,
    const char *folder)
{
	const char *user = doctor->config->user;
	struct fault fault;
	struct stat info;

	if (user == NULL || !doctor->is_root)
		return;
	if (reach_write(user, folder, &fault) != STATUS_OK)
		say_not_writable(doctor, folder, fault.text);
	else if (stat(file, &info) == 0 &&
	    reach_write(user, file, &fault) != STATUS_OK)
		say_not_writable(doctor, file, fault.text);
}

static void
check_room(const struct doctor *doctor, const char *folder)
{
	struct statvfs disk;
	unsigned long long left;

	if (statvfs(folder, &disk) != 0 || disk.f_blocks == 0)
		return;
	left = (unsigned long long)disk.f_bavail * disk.f_frsize / MIB;
	if (left >= ROOM_MIB && disk.f_bavail >= disk.f_blocks / 20)
		return;
	diagnosis_add(doctor->diagnosis,
	    left < LEAST_MIB ? SEVERITY_ERROR : SEVERITY_WARNING,
	    "disk-nearly-full", "the disk of %s has %llu MiB left (%u %%)",
	    folder, left,
	    (unsigned)(100.0 * (double)disk.f_bavail /
		(double)disk.f_blocks));
	diagnosis_why(doctor->diagnosis, "When it is full, no evidence is "
	    "kept, and the MTA takes no mail either if its queue lies there.");
	diagnosis_remedy(doctor->diagnosis, "df -h %s; du -xsh %s   # or a "
	    "shorter keep-days", folder, folder);
}

static void
check_integrity(const struct doctor *doctor, const struct integrity *found)
{
	if (found->good && (!found->is_young || found->leaves == 0))
		return;
	if (found->good) {
		diagnosis_add(doctor->diagnosis, SEVERITY_NOTE,
		    "ledger-unsigned", "the ledger is new: %s",
		    found->sentence);
		diagnosis_why(doctor->diagnosis, "hopseald signs the log each "
		    "minute; until then its records are bound by nothing.");
		return;
	}
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "ledger-altered",
	    "the ledger does not fit its last checkpoint: %s",
	    found->sentence);
	diagnosis_why(doctor->diagnosis, "Somebody or something changed the "
	    "evidence.");
	diagnosis_remedy(doctor->diagnosis, "hopseal ledger verify -c %s",
	    doctor->config_file);
}

static void
check_times(const struct doctor *doctor, struct queries *queries)
{
	struct integrity found;
	struct queries_range days;
	int64_t now = clock_wall_ms();
	struct fault fault;
	bool is_ahead = false;

	if (queries_days(queries, &days, &fault) == STATUS_OK)
		is_ahead = days.last_day > now / DAY_MS;
	if (integrity_read(queries, now, &found, &fault) == STATUS_OK) {
		is_ahead |= found.checkpoint_time > now + SLACK_MS;
		check_integrity(doctor, &found);
	}
	if (!is_ahead)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "clock-behind",
	    "the ledger holds records of the future: the clock was wrong "
	    "then, or is wrong now");
	diagnosis_why(doctor->diagnosis, "Stamps bear the time; a verifier "
	    "refuses one that is far off.");
	diagnosis_remedy(doctor->diagnosis, "date -u; timedatectl");
}

static void
check_content(const struct doctor *doctor, const char *file)
{
	struct queries *queries;
	struct fault fault;
	enum status status = queries_open(file, &queries, &fault);

	if (status == STATUS_OK) {
		check_times(doctor, queries);
		queries_close(&queries);
		return;
	}
	if (status == STATUS_NOTFOUND ||
	    (status == STATUS_DENIED && !doctor->is_root))
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "ledger-unreadable",
	    "%s", fault.text);
	diagnosis_why(doctor->diagnosis, "The evidence cannot be shown.");
	diagnosis_remedy(doctor->diagnosis, "hopseal ledger verify -c %s",
	    doctor->config_file);
}

void
doctor_ledger(const struct doctor *doctor)
{
	const char *file = doctor->config->ledger.path;
	const char *folder;
	char *copy;

	if (file == NULL) {
		diagnosis_add(doctor->diagnosis, SEVERITY_NOTE, "no-ledger",
		    "%s: there is no ledger (path is \"none\")",
		    doctor->config_file);
		diagnosis_why(doctor->diagnosis, "hopseal report and suggest "
		    "have nothing to go by.");
		return;
	}
	copy = strdup(file);
	if (copy == NULL)
		return;
	folder = dirname(copy);
	check_writable(doctor, file, folder);
	check_room(doctor, folder);
	check_content(doctor, file);
	free(copy);
}

/* What the kernel knows of the clock; a container tells its host's. */
void
doctor_clock(const struct doctor *doctor)
{
	struct timex state;
	int result;

	memset(&state, 0, sizeof(state));
	result = adjtimex(&state);
	if (result != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_WARNING,
	    "clock-not-kept", "nothing keeps this host's clock right: the "
	    "kernel says that it is not synchronized");
	diagnosis_why(doctor->diagnosis, "Stamps and evidence bear the time; "
	    "certificates are judged by it.");
	diagnosis_remedy(doctor->diagnosis,
	    "apt-get install systemd-timesyncd; timedatectl set-ntp true");
}
