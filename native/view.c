#define _GNU_SOURCE
#include "podctl.h"
#include "raw-call.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * PID 1 serves the files that are cloned here, so another process has to find them. It shares PID 1's memory while PID 1 runs.
 */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

static struct {
	const char *source; /* where the served directory is mounted */
	const char *names;  /* name NUL name NUL …, then an empty one */
	int fuse_fd, socket;
	struct view_device *device;
} request;

/* The kernel learns of all files at once, and need not ask for each. */
static void read_directory(long directory)
{
	char entries[2048];

	call(SYS_getdents64, directory, (long)entries, sizeof entries, 0, 0);
}

/* Asking for the time of birth once teaches the kernel (since 6.6) not to ask the server again at every stat. */
static void note_device(long directory, const char *name)
{
	struct statx about;

	if (call(SYS_statx, directory, (long)name, 0, STATX_BASIC_STATS | STATX_BTIME, (long)&about) < 0)
		return;
	request.device->major = about.stx_dev_major;
	request.device->minor = about.stx_dev_minor;
}

static int clone_files(long directory, int32_t *trees)
{
	int count = 0;

	for (const char *name = request.names; *name && count < VIEW_FILES; name++) {
		long tree = call(SYS_open_tree, directory, (long)name, OPEN_TREE_CLONE | O_CLOEXEC, 0, 0);

		if (tree < 0)
			return (int)tree;
		trees[count++] = (int32_t)tree;
		while (*name)
			name++;
	}
	return count;
}

static void send_files(const int32_t *trees, int count)
{
	char control[CMSG_SPACE(sizeof(int32_t) * VIEW_FILES)] __attribute__((aligned(8)));
	struct iovec byte = { &count, 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *header = (struct cmsghdr *)control;

	message.msg_controllen = CMSG_SPACE(sizeof(int32_t) * (size_t)count);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int32_t) * (size_t)count);
	for (int i = 0; i < count; i++)
		((int32_t *)CMSG_DATA(header))[i] = trees[i];
	call(SYS_sendmsg, request.socket, (long)&message, 0, 0, 0);
}

static int run_child(void *unused)
{
	int32_t trees[VIEW_FILES];
	int count;
	long directory;

	(void)unused;
	/* a second holder of it would keep what waits for an answer waiting when PID 1 is killed */
	call(SYS_close, request.fuse_fd, 0, 0, 0, 0);
	directory = call(SYS_openat, AT_FDCWD, (long)request.source, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
	if (directory < 0)
		return 1;
	read_directory(directory);
	note_device(directory, request.names);
	count = clone_files(directory, trees);
	call(SYS_umount2, (long)request.source, MNT_DETACH, 0, 0, 0);
	if (count > 0)
		send_files(trees, count);
	return 0;
}

static char child_stack[16 * 1024] __attribute__((aligned(16)));

int podctl_clone_view(const char *source, const char *names, int fuse_fd, int socket, struct view_device *device)
{
	static char source_copy[64];
	uint64_t all = ~0ULL, old;

	if (strlen(source) >= sizeof source_copy) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(source_copy, source);
	request.source = source_copy;
	request.names = names;
	request.fuse_fd = fuse_fd;
	request.socket = socket;
	request.device = device;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
	/* no signal tells of its end, so that nobody else reaps it */
	int pid = clone(run_child, child_stack + sizeof child_stack, CLONE_VM, NULL);
	int error = errno;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
	errno = error;
	return pid;
}

int podctl_take_fds(int socket, int32_t *fds, int count)
{
	char control[CMSG_SPACE(sizeof(int32_t) * VIEW_FILES)] __attribute__((aligned(8)));
	char byte;
	struct iovec room = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	if (got < 0)
		return -1;
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return 0;
	int sent = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int32_t));
	memcpy(fds, CMSG_DATA(header), sizeof(int32_t) * (size_t)(sent < count ? sent : count));
	return sent;
}
