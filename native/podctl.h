/* What TypeScript cannot do itself: nothing here parses, logs or decides. */
#ifndef PODCTL_H
#define PODCTL_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

/* Where a spawn failed; the names live in src/linux/spawn.ts in the same order. */
enum spawn_stage {
	STAGE_CLONE = 1,
	STAGE_SESSION,
	STAGE_STDIO,
	STAGE_TERMINAL,
	STAGE_CGROUP,
	STAGE_EXTRA_FD,
	STAGE_NICE,
	STAGE_RLIMITS,
	STAGE_GROUPS,
	STAGE_BOUNDING,
	STAGE_USER,
	STAGE_CAPABILITIES,
	STAGE_NO_NEW_PRIVS,
	STAGE_CLOSE,
	STAGE_CHDIR,
	STAGE_SECCOMP,
	STAGE_EXEC,
};

enum spawn_flags {
	SPAWN_NO_NEW_PRIVS = 1,
	/* stdio[0] becomes the controlling terminal */
	SPAWN_TERMINAL = 2,
	/* a user other than root gets the capabilities as ambient set, capabilities(7) */
	SPAWN_AMBIENT = 4,
	/* user, groups and capabilities stay those of this process, which may not change them */
	SPAWN_KEEP_CREDENTIALS = 8,
	/* its orphaned descendants become its own children, PR_SET_CHILD_SUBREAPER: whoever looks finds them below it */
	SPAWN_SUBREAPER = 16,
};

struct spawn_rlimit {
	uint64_t soft; /* all ones: RLIM_INFINITY */
	uint64_t hard;
	int32_t resource;
};

struct spawn_request {
	const char *path;
	const char *const *argv;
	const char *const *envp;
	const char *working_dir;
	const int32_t *cgroup_procs; /* fds open for writing */
	const uint32_t *groups;
	const struct spawn_rlimit *rlimits;
	uint64_t capabilities; /* bit n is capability n */
	int32_t cgroup_count;
	int32_t group_count;
	int32_t rlimit_count;
	int32_t stdio[3];
	int32_t extra_fd; /* −1: none; else open in the program as extra_target */
	int32_t extra_target;
	uint32_t uid;
	uint32_t gid;
	int32_t oom_score_adj;
	int32_t nice; /* 0: as this process's own */
	uint32_t umask;
	uint32_t flags;
};

struct spawn_result {
	int32_t pid;
	int32_t stage; /* 0: the program was exec'd */
	int32_t error; /* errno of that stage */
	uint32_t lowered; /* bit n: rlimit n was refused and set as high as allowed */
};

/* The answer to a system call that a seccomp filter handed over, seccomp_unotify(2). */
struct call_answer {
	uint64_t id;
	uint64_t address; /* where in the caller's memory the bytes go */
	int64_t value;
	uint32_t tid;
	uint32_t length; /* 0: nothing is written */
	int32_t error; /* negative errno, or 0 */
	uint32_t unused;
	uint8_t bytes[128];
};

struct answer_state {
	uint32_t queued; /* answers ever handed over */
	uint32_t done; /* so many of them were given, or their caller is gone */
	int32_t refused; /* last errno of writing into a caller's memory: that call got the kernel's own answer */
};

/* At most so many files are cloned at once. */
#define VIEW_FILES 32

/* st_dev of the served files */
struct view_device {
	uint32_t major, minor;
};

/* Like fork(2), but the V8 heap comes along. */
EXPORT int podctl_fork(void);

/*
 * From now on every program started here is under this filter, struct sock_filter[length]; kept as a copy, once. Where no_new_privs
 * is off, starting takes CAP_SYS_ADMIN in the permitted set. Returns 0 or an errno.
 */
EXPORT int podctl_filter_programs(const void *filter, uint32_t length, uint32_t flags);

/* Start one program; returns its pid, or -1 with stage and errno in the result (nothing is left to reap then). */
EXPORT int podctl_spawn(const struct spawn_request *request, struct spawn_result *result);

/*
 * Answer from a thread of its own, made at the first call: writing into another process may wait for as long as its pages
 * do (of a FUSE file, say, that this process serves). Returns 0, EAGAIN while too many wait, EBADF without a
 * listener, or why there is no thread.
 */
EXPORT int podctl_answer(int listener, const struct call_answer *answer, struct answer_state *state);

EXPORT void podctl_answered(struct answer_state *state);

/*
 * Clone the named files of the FUSE mount at `source` as detached mounts, unmount it there, and send their descriptors over the
 * socket, in the order of their names; nothing comes where that is refused. A process of its own does so, whose pid is
 * returned: it ends without SIGCHLD, and `names` and `device` must outlive it.
 */
EXPORT int podctl_clone_view(const char *source, const char *names, int fuse_fd, int socket, struct view_device *device);

/*
 * A process that only holds new namespaces (CLONE_NEW* in `kinds`) and waits to be killed: of a user namespace that is new too, or of that
 * which `user_fd` is of. It writes one byte to `report` when they are there: 0, or the errno of what refused them. Returns its pid; it
 * ends without SIGCHLD.
 */
EXPORT int podctl_hold_namespaces(int user_fd, int kinds, int report);

/* The descriptors that were sent over the socket: how many; 0 at its end. */
EXPORT int podctl_take_fds(int socket, int32_t *fds, int count);

#endif
