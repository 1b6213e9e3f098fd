#define _GNU_SOURCE
#include "podctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char maps[1 << 20];

static int read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return -1;
	while (used < sizeof maps - 1 && (got = read(fd, maps + used, sizeof maps - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	maps[used] = 0;
	if (used == sizeof maps - 1) {
		errno = E2BIG;
		return -1;
	}
	return 0;
}

/*
 * Node maps its V8 heap MADV_DONTFORK. Undo that on every anonymous mapping and fork, with nothing in between that could
 * allocate on the JS heap. Asking smaps which mappings have the flag would cost milliseconds, taking it from one that has
 * none costs nothing. glibc's fork(): its atfork handlers repair malloc and libuv.
 */
int podctl_fork(void)
{
	unsigned long start, end;
	char perms[8], name[2];

	if (read_maps() < 0)
		return -1;
	for (char *line = maps, *next; (next = strchr(line, '\n')); line = next + 1) {
		*next = 0;
		/* a line without a name, and private: an anonymous mapping */
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %1s", &start, &end, perms, name) == 3 && perms[3] == 'p' &&
		    madvise((void *)start, end - start, MADV_DOFORK) < 0)
			return -1;
	}
	return fork();
}
