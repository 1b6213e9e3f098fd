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
	STAGE_GROUPS,
	STAGE_BOUNDING,
	STAGE_USER,
	STAGE_CAPABILITIES,
	STAGE_NO_NEW_PRIVS,
	STAGE_CLOSE,
	STAGE_CHDIR,
	STAGE_EXEC,
};

enum spawn_flags {
	SPAWN_NO_NEW_PRIVS = 1,
	/* stdio[0] becomes the controlling terminal */
	SPAWN_TERMINAL = 2,
};

struct spawn_request {
	const char *path;
	const char *const *argv;
	const char *const *envp;
	const char *working_dir;
	const int32_t *cgroup_procs; /* fds open for writing */
	const uint32_t *groups;
	uint64_t capabilities; /* bit n is capability n */
	int32_t cgroup_count;
	int32_t group_count;
	int32_t stdio[3];
	uint32_t uid;
	uint32_t gid;
	int32_t oom_score_adj;
	uint32_t flags;
};

struct spawn_result {
	int32_t pid;
	int32_t stage; /* 0: the program was exec'd */
	int32_t error; /* errno of that stage */
};

/* Like fork(2), but the V8 heap comes along. */
EXPORT int podctl_fork(void);

/* Start one program; returns its pid, or -1 with stage and errno in the result (nothing is left to reap then). */
EXPORT int podctl_spawn(const struct spawn_request *request, struct spawn_result *result);

#endif
