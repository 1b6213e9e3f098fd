#define _GNU_SOURCE
#include "podctl.h"
#include "raw-call.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	int user_fd, kinds, report, parent;
} request;

/* The copied table has podd's lock and others' namespaces in it: a holder that outlives its parent must not keep them. */
static void close_others(void)
{
	int report = request.report, user = request.user_fd < 0 ? report : request.user_fd;
	int low = user < report ? user : report, high = user < report ? report : user;

	if (low > 0)
		call(SYS_close_range, 0, low - 1, 0, 0, 0);
	if (high > low + 1)
		call(SYS_close_range, low + 1, high - 1, 0, 0, 0);
	call(SYS_close_range, high + 1, ~0U, 0, 0, 0);
}

static long make(void)
{
	long result = 0;

	if (request.user_fd >= 0)
		result = call(SYS_setns, request.user_fd, CLONE_NEWUSER, 0, 0, 0);
	if (result == 0 && request.kinds != 0)
		result = call(SYS_unshare, request.kinds, 0, 0, 0, 0);
	/* after setns, which takes it away; the parent may have gone before */
	call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (call(SYS_getppid, 0, 0, 0, 0, 0) != request.parent)
		call(SYS_exit, 1, 0, 0, 0, 0);
	return result;
}

__attribute__((noreturn)) static int run_holder(void *unused)
{
	unsigned char error;

	(void)unused;
	close_others();
	error = (unsigned char)-make();
	call(SYS_write, request.report, (long)&error, 1, 0, 0);
	for (;;)
		call(SYS_ppoll, 0, 0, 0, 0, 0);
}

static char holder_stack[16 * 1024] __attribute__((aligned(16)));

int podctl_hold_namespaces(int user_fd, int kinds, int report)
{
	uint64_t all = ~0ULL, old;
	/* by clone, for unshare refuses a new user namespace to who shares memory; by no signal, so that nobody else reaps it */
	int flags = CLONE_VM | (user_fd < 0 ? CLONE_NEWUSER : 0);

	request.user_fd = user_fd;
	request.kinds = kinds;
	request.report = report;
	request.parent = getpid();
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
	int pid = clone(run_holder, holder_stack + sizeof holder_stack, flags, NULL);
	int error = errno;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
	errno = error;
	return pid;
}
