#define _GNU_SOURCE
#include "podctl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char smaps[4 << 20];

static int read_smaps(void)
{
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	while (used < sizeof smaps - 1 && (got = read(fd, smaps + used, sizeof smaps - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	smaps[used] = 0;
	if (used == sizeof smaps - 1) {
		errno = E2BIG;
		return -1;
	}
	return 0;
}

/*
 * Node maps its V8 heap MADV_DONTFORK ("dc" in VmFlags, proc_pid_smaps(5)). Undo that and fork, with nothing in
 * between that could allocate on the JS heap. glibc's fork(): its atfork handlers repair malloc and libuv.
 */
int podctl_fork(void)
{
	unsigned long start = 0, end = 0, a, b;
	char perms[8];

	if (read_smaps() < 0)
		return -1;
	for (char *line = smaps, *next; (next = strchr(line, '\n')); line = next + 1) {
		*next = 0;
		if (sscanf(line, "%lx-%lx %4s", &a, &b, perms) == 3) {
			start = a;
			end = b;
		} else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " dc")) {
			if (madvise((void *)start, end - start, MADV_DOFORK) < 0)
				return -1;
		}
	}
	return fork();
}

static int child_fd = -1;

static void on_child(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	if (write(child_fd, "c", 1) < 0) {
		/* full: the reader is awake already */
	}
	errno = saved;
}

int podctl_tell_children(int fd)
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = on_child;
	action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
	child_fd = fd;
	return sigaction(SIGCHLD, &action, NULL);
}
