#define _GNU_SOURCE
#include "podctl.h"

#include <errno.h>
#include <fcntl.h>
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
