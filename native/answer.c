#define _GNU_SOURCE
#include "podctl.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SLOTS 128
#define STACK_BYTES (32 * 1024)

static struct call_answer slots[SLOTS];
/* how many were ever handed over, and how many of these are done; the difference waits in `slots` */
static _Atomic uint32_t queued, done;
static _Atomic int32_t refused;
static int listener_fd;

/* Into a thread that is blocked in its call; the kernel's own answer where the memory may not be written. */
static void give(const struct call_answer *answer)
{
	union {
		struct seccomp_notif_resp response;
		char room[256]; /* a later kernel's may be longer */
	} reply = { .response = { .id = answer->id, .val = answer->value, .error = answer->error } };
	struct iovec from = { (void *)answer->bytes, answer->length };
	struct iovec to = { (void *)(uintptr_t)answer->address, answer->length };

	/* whose caller was killed has no number any more, or another's */
	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &answer->id) < 0)
		return;
	if (answer->length) {
		ssize_t wrote = process_vm_writev((pid_t)answer->tid, &from, 1, &to, 1, 0);

		if (wrote < 0 && errno != EFAULT) {
			if (errno != ESRCH)
				atomic_store(&refused, errno);
			reply.response.val = 0;
			reply.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		} else if (wrote != (ssize_t)answer->length) {
			reply.response.val = 0;
			reply.response.error = -EFAULT;
		}
	}
	ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_SEND, &reply.response);
}

static void *serve(void *unused)
{
	(void)unused;
	/* a table of its own, with the listener alone: stuck or not, it holds nothing of PID 1 open */
	if (unshare(CLONE_FILES) == 0) {
		dup2(listener_fd, 0);
		listener_fd = 0;
		syscall(SYS_close_range, 1, ~0U, 0);
	}
	for (;;) {
		uint32_t next = atomic_load(&done);

		while (next == atomic_load(&queued))
			syscall(SYS_futex, &queued, FUTEX_WAIT_PRIVATE, next, NULL, NULL, 0);
		give(&slots[next % SLOTS]);
		atomic_store(&done, next + 1);
	}
	return NULL;
}

static int start_thread(int listener)
{
	static int is_started;
	sigset_t all, old;
	pthread_attr_t attributes;
	pthread_t thread;

	if (is_started)
		return 0;
	listener_fd = listener;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	int error = pthread_create(&thread, &attributes, serve, NULL);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	is_started = error == 0;
	return error;
}

int podctl_answer(int listener, const struct call_answer *answer, struct answer_state *state)
{
	uint32_t next = atomic_load(&queued);
	int error = listener < 0 ? EBADF : next - atomic_load(&done) == SLOTS ? EAGAIN : start_thread(listener);

	if (error == 0) {
		slots[next % SLOTS] = *answer;
		atomic_store(&queued, next + 1);
		syscall(SYS_futex, &queued, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	podctl_answered(state);
	return error;
}

void podctl_answered(struct answer_state *state)
{
	state->queued = atomic_load(&queued);
	state->done = atomic_load(&done);
	state->refused = atomic_load(&refused);
}
