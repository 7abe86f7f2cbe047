#define _GNU_SOURCE /* syscall */
#include "milter/system/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "policy/base/attributes.h"

#ifdef __has_feature /* clang's way to say what gcc defines */
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define OUR_ARCH 0 /* its runtime makes calls that nobody lists */
#elif defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#else
#define OUR_ARCH 0 /* its calls are not told apart: nothing is given up */
#endif

/* System calls of x32 have this bit, and reach the same kernel. */
#define X32_BIT 0x40000000u

enum { INSTRUCTIONS_MAX = 96 };

static const unsigned forbidden[] = {
    SYS_execve, SYS_execveat, SYS_process_vm_readv, SYS_process_vm_writev,
#ifndef __SANITIZE_ADDRESS__ /* whose look for leaks traces itself */
    SYS_ptrace,
#endif
    SYS_mount, SYS_umount2, SYS_pivot_root,
    SYS_chroot, SYS_unshare, SYS_setns, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key,
    SYS_request_key, SYS_open_by_handle_at, SYS_userfaultfd, SYS_reboot,
    SYS_swapon, SYS_swapoff, SYS_acct, SYS_settimeofday, SYS_clock_settime,
    SYS_sethostname, SYS_personality, SYS_pidfd_getfd,
#ifdef SYS_kexec_load
    SYS_kexec_load,
#endif
    /* Its queue would make sockets past this filter. */
    SYS_io_uring_setup,
};

/* What computes, and talks over a descriptor that is open already. */
static const unsigned computing[] = {
    SYS_read, SYS_recvmsg, SYS_recvfrom, SYS_sendmsg, SYS_sendto, SYS_close,
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex,
    SYS_getrandom, SYS_getpid, SYS_clock_gettime, SYS_clock_nanosleep,
    SYS_sched_yield, SYS_restart_syscall, SYS_rt_sigreturn,
    SYS_rt_sigprocmask, SYS_exit, SYS_exit_group,
#ifdef __SANITIZE_ADDRESS__ /* which looks at its own stack */
    SYS_sigaltstack, SYS_gettid,
#endif
};

/* Memory, but none that can be run. */
static const unsigned mapping[] = {SYS_mmap, SYS_mprotect};

/* A program of the kernel's, as it grows. */
struct program {
	unsigned short count;
	struct sock_filter code[INSTRUCTIONS_MAX];
};

static void
add(struct program *program, unsigned code, unsigned k, unsigned skip)
{
	struct sock_filter *next = &program->code[program->count++];

	next->code = (unsigned short)code;
	next->k = k;
	next->jt = 0;
	next->jf = (unsigned char)skip;
}

static void
load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0);
}

static void
deny(struct program *program)
{
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0);
}

/* The next instruction is for those that are equal; others skip it. */
static void
when_equal(struct program *program, unsigned value)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 1);
}

/* Of socket(): the address families that are not to be had. */
static void
deny_sockets(struct program *program, bool with_tcp)
{
	static const unsigned tcp[] = {AF_INET, AF_INET6};
	size_t i;

	/* Other calls skip all of it. */
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket,
	    with_tcp ? 8 : 4);
	load(program, offsetof(struct seccomp_data, args[0]));
	when_equal(program, AF_UNIX);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
	for (i = 0; with_tcp && i < LENGTH(tcp); i++) {
		when_equal(program, tcp[i]);
		add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
	}
	deny(program);
}

/* Go on with the number of the call, if it is one of our architecture. */
static void
begin(struct program *program)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1);
	add(program, BPF_JMP | BPF_JA, 1, 0);
	deny(program);
	load(program, offsetof(struct seccomp_data, nr));
}

static void
compose(struct program *program, bool with_tcp)
{
	size_t i;

	begin(program);
	add(program, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 1);
	deny(program);
	for (i = 0; i < LENGTH(forbidden); i++) {
		when_equal(program, forbidden[i]);
		deny(program);
	}
	deny_sockets(program, with_tcp);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
}

/* All but the listed calls end the process. */
static void
compose_computing(struct program *program)
{
	size_t i;

	begin(program);
	for (i = 0; i < LENGTH(computing); i++) {
		when_equal(program, computing[i]);
		add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
	}
	for (i = 0; i < LENGTH(mapping); i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, mapping[i], 4);
		load(program, offsetof(struct seccomp_data, args[2]));
		add(program, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1);
		add(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0);
		add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
	}
	add(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0);
}

static bool
install(struct program *program)
{
	struct sock_fprog prog = {program->count, program->code};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &prog) == 0;
}

bool
confine(bool with_tcp)
{
	struct program program = {.count = 0};

	if (OUR_ARCH == 0)
		return false;
	compose(&program, with_tcp);
	return install(&program);
}

bool
confine_to_computing(void)
{
	struct program program = {.count = 0};

	if (OUR_ARCH == 0)
		return false;
	compose_computing(&program);
	return install(&program);
}
