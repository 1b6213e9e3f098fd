/* Starts node as standalone podinit, keeping what node would change or be changed by. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* As in runtime/zygote-process.ts. A signal USR1 that comes before podinit listens opens a debugger port: on an address that no machine has. */
static const char *const flags[] = {
	"node", "--single-threaded", "--v8-pool-size=0", "--no-memory-reducer", "--no-warnings",
	"--max-semi-space-size=1", "--inspect-port=192.0.2.1:9229",
};
#define FLAG_COUNT (sizeof flags / sizeof *flags)

/* node raises its own soft limit to the hard one; programs get this one */
static void keep_nofile(void)
{
	struct rlimit limit;
	char text[24];

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	snprintf(text, sizeof text, "%llu", (unsigned long long)limit.rlim_cur);
	setenv("PODINIT_NOFILE", text, 1);
}

/* meant for node programs under podinit, not for podinit */
static void hide_node_options(void)
{
	const char *options = getenv("NODE_OPTIONS");

	if (!options)
		return;
	setenv("PODINIT_NODE_OPTIONS", options, 1);
	unsetenv("NODE_OPTIONS");
}

int main(int argc, char **argv)
{
	static char script[PATH_MAX + 64];
	ssize_t length = readlink("/proc/self/exe", script, PATH_MAX);

	if (length < 0) {
		fprintf(stderr, "podinit: /proc/self/exe: %s (is /proc mounted?)\n", strerror(errno));
		return 126;
	}
	script[length] = 0;
	/* <package>/native/podinit */
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(script, '/');

		if (slash)
			*slash = 0;
	}
	strcat(script, "/dist/standalone/podinit.cjs");
	if (access(script, R_OK) < 0) {
		fprintf(stderr, "podinit: not built: run npm ci first (%s: %s)\n", script, strerror(errno));
		return 126;
	}
	char **words = calloc(FLAG_COUNT + (size_t)argc + 2, sizeof *words);
	size_t count = 0;

	if (!words)
		return 126;
	for (; count < FLAG_COUNT; count++)
		words[count] = (char *)flags[count];
	words[count++] = script;
	for (int i = 1; i < argc; i++)
		words[count++] = argv[i];
	keep_nofile();
	hide_node_options();
	execvp("node", words);
	fprintf(stderr, "podinit: node: %s (it must be in PATH)\n", strerror(errno));
	return 126;
}
