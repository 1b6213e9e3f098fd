#define _GNU_SOURCE
#include "podctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FREE_FD 10

/* Of all programs of this process; length 0: none. */
static struct sock_fprog program_filter;
static uint32_t filter_flags;

struct child_context {
	const struct spawn_request *request;
	struct spawn_result *result;
	int is_scored;
};

/* The child shares memory with PID 1 until exec: only async-signal-safe code, no libc wrapper that sets process-wide state. */
#define FAIL(where)                                   \
	do {                                          \
		context->result->error = errno;       \
		context->result->stage = (where);     \
		_exit(127);                           \
	} while (0)

static void reset_signals(void)
{
	/* the kernel's struct sigaction, all zero: SIG_DFL, no flags, empty mask */
	static const unsigned long default_action[8];

	for (int s = 1; s < NSIG; s++)
		if (s != SIGKILL && s != SIGSTOP)
			syscall(SYS_rt_sigaction, s, default_action, NULL, 8);
}

static int write_oom_score_adj(const char *path, int value)
{
	char text[8];
	int used = 0, digits = value < 0 ? -value : value, divisor = 1000, fd;

	if (value < 0)
		text[used++] = '-';
	while (divisor > 1 && digits < divisor) /* a leading zero would mean octal */
		divisor /= 10;
	for (; divisor; divisor /= 10)
		text[used++] = (char)('0' + digits / divisor % 10);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	ssize_t wrote = write(fd, text, (size_t)used);
	close(fd);
	return wrote == used ? 0 : -1;
}

static int set_stdio(const int32_t *stdio)
{
	int moved[3];

	for (int i = 0; i < 3; i++) {
		moved[i] = fcntl(stdio[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
		if (moved[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(moved[i], i) < 0)
			return -1;
	return 0;
}

static int join_cgroups(const struct spawn_request *request)
{
	for (int i = 0; i < request->cgroup_count; i++)
		if (write(request->cgroup_procs[i], "0", 1) != 1)
			return -1;
	return 0;
}

/* After the cgroups' fds were used: the target may be one of their numbers. */
static int set_extra_fd(const struct spawn_request *request)
{
	return request->extra_fd < 0 ? 0 : dup2(request->extra_fd, request->extra_target);
}

static int set_nice(int nice)
{
	return nice == 0 ? 0 : (int)syscall(SYS_setpriority, PRIO_PROCESS, 0, nice);
}

/* Without CAP_SYS_RESOURCE a hard limit cannot be raised, with it not above fs.nr_open: as high as it is then. */
static int set_rlimits(const struct spawn_request *request, struct spawn_result *result)
{
	for (int i = 0; i < request->rlimit_count; i++) {
		const struct spawn_rlimit *limit = &request->rlimits[i];
		struct { uint64_t soft, hard; } now, wanted = { limit->soft, limit->hard };

		if (syscall(SYS_prlimit64, 0, limit->resource, &wanted, NULL) == 0)
			continue;
		if (errno != EPERM || syscall(SYS_prlimit64, 0, limit->resource, NULL, &now) < 0)
			return -1;
		if (wanted.hard > now.hard)
			wanted.hard = now.hard;
		if (wanted.soft > wanted.hard)
			wanted.soft = wanted.hard;
		if (syscall(SYS_prlimit64, 0, limit->resource, &wanted, NULL) < 0)
			return -1;
		result->lowered |= 1U << limit->resource;
	}
	return 0;
}

static int drop_bounding(uint64_t keep)
{
	for (unsigned long c = 0; c < 64; c++)
		if (!(keep >> c & 1) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0) {
			if (errno == EINVAL) /* past the kernel's last capability */
				return 0;
			return -1;
		}
	return 0;
}

static int set_capabilities(uint64_t capabilities, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof data);
	for (int half = 0; half < 2; half++) {
		data[half].effective = data[half].permitted = (uint32_t)(capabilities >> (32 * half));
		data[half].inheritable = (uint32_t)(inheritable >> (32 * half));
	}
	return (int)syscall(SYS_capset, &header, data);
}

static int raise_ambient(uint64_t capabilities)
{
	for (unsigned long c = 0; c < 64; c++)
		if (capabilities >> c & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
			return -1;
	return 0;
}

/* What loading the filter takes, seccomp(2); execve takes it away again, for it is in none of the sets that survive. */
static uint64_t filter_capability(const struct spawn_request *request)
{
	return program_filter.len && !(request->flags & SPAWN_NO_NEW_PRIVS) ? 1ULL << CAP_SYS_ADMIN : 0;
}

static void become_user(struct child_context *context)
{
	const struct spawn_request *request = context->request;
	uint64_t ambient = request->uid && request->flags & SPAWN_AMBIENT ? request->capabilities : 0;
	uint64_t until_exec = filter_capability(request);

	if (syscall(SYS_setgroups, request->group_count, request->groups) < 0 ||
	    syscall(SYS_setresgid, request->gid, request->gid, request->gid) < 0)
		FAIL(STAGE_GROUPS);
	if (drop_bounding(request->capabilities) < 0)
		FAIL(STAGE_BOUNDING);
	/* the flag belongs to the child's own credentials and is gone after exec */
	if ((ambient | until_exec) && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		FAIL(STAGE_CAPABILITIES);
	if (syscall(SYS_setresuid, request->uid, request->uid, request->uid) < 0)
		FAIL(STAGE_USER);
	/* another user's permitted set is empty after setresuid, capabilities(7) */
	uint64_t lasting = request->uid ? ambient : request->capabilities;
	if (set_capabilities(lasting | until_exec, ambient) < 0 || raise_ambient(ambient) < 0)
		FAIL(STAGE_CAPABILITIES);
}

static int run_child(void *argument)
{
	struct child_context *context = argument;
	const struct spawn_request *request = context->request;
	uint64_t empty_mask = 0;

	reset_signals();
	syscall(SYS_umask, request->umask);
	/* without CAP_SYS_RESOURCE lowering is refused: the program runs with init's score then */
	context->is_scored = write_oom_score_adj("/proc/self/oom_score_adj", request->oom_score_adj) == 0;
	if (setsid() < 0)
		FAIL(STAGE_SESSION);
	if (request->flags & SPAWN_SUBREAPER)
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* kept by exec; cannot fail since Linux 3.4 */
	if (set_stdio(request->stdio) < 0)
		FAIL(STAGE_STDIO);
	if (request->flags & SPAWN_TERMINAL && ioctl(0, TIOCSCTTY, 0) < 0)
		FAIL(STAGE_TERMINAL);
	if (join_cgroups(request) < 0)
		FAIL(STAGE_CGROUP);
	if (set_extra_fd(request) < 0)
		FAIL(STAGE_EXTRA_FD);
	if (set_nice(request->nice) < 0)
		FAIL(STAGE_NICE);
	/* after the last new descriptor: nofile may be as low as it likes */
	if (set_rlimits(request, context->result) < 0)
		FAIL(STAGE_RLIMITS);
	if (!(request->flags & SPAWN_KEEP_CREDENTIALS))
		become_user(context);
	if (request->flags & SPAWN_NO_NEW_PRIVS && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		FAIL(STAGE_NO_NEW_PRIVS);
	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ||
	    (request->extra_fd >= 0 && fcntl(request->extra_target, F_SETFD, 0) < 0))
		FAIL(STAGE_CLOSE);
	if (chdir(request->working_dir) < 0)
		FAIL(STAGE_CHDIR);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &empty_mask, NULL, 8);
	/* last: whatever it forbids, only execve comes after it */
	if (program_filter.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter_flags, &program_filter) < 0)
		FAIL(STAGE_SECCOMP);
	execve(request->path, (char *const *)request->argv, (char *const *)request->envp);
	FAIL(STAGE_EXEC);
}

int podctl_filter_programs(const void *filter, uint32_t length, uint32_t flags)
{
	struct sock_filter *copy;

	if (program_filter.len)
		return EBUSY;
	if (length == 0 || length > BPF_MAXINSNS)
		return EINVAL;
	copy = malloc(length * sizeof *copy);
	if (!copy)
		return ENOMEM;
	memcpy(copy, filter, length * sizeof *copy);
	program_filter.filter = copy;
	program_filter.len = (unsigned short)length;
	filter_flags = flags;
	return 0;
}

/*
 * In a user namespace the files of a process that is not dumpable belong to the machine's root. Those of the program, whose memory is
 * its own since execve, do not.
 */
static void score_afterwards(int pid, int score)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
	write_oom_score_adj(path, score);
}

static char child_stack[64 * 1024] __attribute__((aligned(16)));

int podctl_spawn(const struct spawn_request *request, struct spawn_result *result)
{
	struct child_context context = { request, result, 0 };
	uint64_t all = ~0ULL, old;
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);

	memset(result, 0, sizeof *result);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
	int pid = clone(run_child, child_stack + sizeof child_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &context);
	int clone_error = errno;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
	/* setresuid in the child reset it: the flag belongs to the memory both shared */
	if (dumpable == 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (pid < 0) {
		result->stage = STAGE_CLONE;
		result->error = clone_error;
		return -1;
	}
	result->pid = pid;
	if (result->stage == 0) {
		if (!context.is_scored)
			score_afterwards(pid, request->oom_score_adj);
		return pid;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return -1;
}
