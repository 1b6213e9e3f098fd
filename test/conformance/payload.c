/* What the conformance suite runs under an init, and beside it: one static binary, one mode per thing a PID 1 meets. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static long number(const char *text) { return text ? strtol(text, NULL, 10) : 0; }

static void sleep_ms(long ms) {
  struct timespec t = {ms / 1000, ms % 1000 * 1000000};
  while (nanosleep(&t, &t) < 0 && errno == EINTR) {}
}

static void wait_forever(void) {
  for (;;) pause();
}

static void say(const char *text, long value) {
  char line[64];
  int length = snprintf(line, sizeof line, "%s %ld\n", text, value);
  if (write(1, line, (size_t)length) < 0) _exit(9);
}

/* processes that this namespace's /proc shows: those that ended but were not reaped, or those that live beside us and PID 1 */
static long count(int zombies) {
  DIR *proc = opendir("/proc");
  long found = 0;
  for (struct dirent *e; proc && (e = readdir(proc));) {
    char path[280], text[512], *close_paren;
    if (e->d_name[0] < '1' || e->d_name[0] > '9') continue;
    snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (n <= 0) continue;
    text[n] = 0;
    if (!(close_paren = strrchr(text, ')'))) continue;
    int dead = close_paren[2] == 'Z' || close_paren[2] == 'X';
    if (zombies ? dead : !dead && number(e->d_name) != 1 && number(e->d_name) != getpid()) found++;
  }
  if (proc) closedir(proc);
  return found;
}

static int cmd_exit(char **a) { return (int)number(a[0]); }

static int cmd_die(char **a) {
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  signal((int)number(a[0]), SIG_DFL);
  raise((int)number(a[0]));
  return 99;
}

static void tell(int s) { say("got", s); }

static void catch_all(void) {
  struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
  for (int s = 1; s <= 64; s++)
    if (s != SIGKILL && s != SIGSTOP && s != SIGCHLD) sigaction(s, &action, NULL);
}

static int cmd_signals(char **a) {
  (void)a;
  catch_all();
  say("ready", getpid());
  wait_forever();
  return 0;
}

static int cmd_ignore(char **a) {
  (void)a;
  for (int s = 1; s < 32; s++) signal(s, s == SIGCHLD ? SIG_DFL : SIG_IGN);
  say("ready", getpid());
  wait_forever();
  return 0;
}

/* N orphans that all end at once; how many zombies are left after at most 20 s, and how long it took */
static int cmd_orphans(char **a) {
  long wanted = number(a[0]), made = 0, zombies;
  int gate[2];
  if (pipe(gate) < 0) return 3;
  while (made < wanted) {
    pid_t child = fork();
    if (child < 0) return 4;
    if (child == 0) {
      char byte;
      close(gate[1]);
      for (int i = 0; i < 100; i++) {
        pid_t orphan = fork();
        if (orphan == 0) {
          if (read(gate[0], &byte, 1) < 0) _exit(1);
          _exit(i);
        }
        if (orphan < 0) _exit(5);
      }
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (status) return 5;
    made += 100;
  }
  say("made", made);
  close(gate[1]);
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  /* first until all have ended, then until all are reaped */
  for (int round = 0; count(0) > 0 && round < 1000; round++) sleep_ms(10);
  for (int round = 0; (zombies = count(1)) > 0 && round < 1000; round++) sleep_ms(10);
  clock_gettime(CLOCK_MONOTONIC, &to);
  say("took", (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
  say("zombies", zombies);
  wait_forever();
  return 0;
}

/* a child in its group, one in a session of its own that ignores TERM, and an orphan of that kind; then it ends, or waits */
static int cmd_tree(char **a) {
  int ready[2];
  char byte;
  if (pipe(ready) < 0) return 3;
  for (int kind = 0; kind < 3; kind++) {
    if (fork() != 0) continue;
    if (kind > 0) {
      setsid();
      signal(SIGTERM, SIG_IGN);
    }
    if (kind == 2 && fork() != 0) _exit(0);
    if (write(ready[1], "x", 1) < 0) _exit(1);
    wait_forever();
  }
  for (int i = 0; i < 3; i++)
    if (read(ready[0], &byte, 1) < 0) return 4;
  say("ready", getpid());
  if (a[0] && strcmp(a[0], "stay") == 0) wait_forever();
  return 0;
}

/* PID 1 of the suite's own: runs an init as an ordinary child, then says how many processes it left */
static int cmd_outer(char **a) {
  pid_t init = fork();
  int status, code = -1;
  if (init == 0) {
    execvp(a[0], a);
    _exit(127);
  }
  say("init", init);
  for (pid_t pid; (pid = wait(&status)) != init;)
    if (pid < 0 && errno != EINTR) return 3;
  code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  sleep_ms(100);
  while (waitpid(-1, &status, WNOHANG) > 0) {}
  say("code", code);
  say("left", count(0));
  return 0;
}

/* a pty whose other end is stdio of the command, but nobody's controlling terminal yet; USR1 hangs up */
static int master = -1;
static void hang_up(int s) {
  (void)s;
  close(master);
  master = -1;
}
static int cmd_pty(char **a) {
  int slave;
  char bytes[4096];
  if (openpty(&master, &slave, NULL, NULL, NULL) < 0) return 3;
  pid_t child = fork();
  if (child == 0) {
    close(master);
    for (int i = 0; i < 3; i++) dup2(slave, i);
    if (slave > 2) close(slave);
    execvp(a[0], a);
    _exit(127);
  }
  close(slave);
  struct sigaction action = {.sa_handler = hang_up};
  sigaction(SIGUSR1, &action, NULL);
  int input = 0;
  while (master >= 0) {
    struct pollfd fds[2] = {{master, POLLIN, 0}, {input, POLLIN, 0}};
    if (poll(fds, 2, 50) < 0 && errno != EINTR) return 4;
    if (master < 0) break;
    if (fds[0].revents & POLLIN) {
      ssize_t n = read(master, bytes, sizeof bytes);
      if (n > 0 && write(1, bytes, (size_t)n) < 0) return 5;
      if (n <= 0 && errno != EINTR) break;
    } else if (fds[0].revents & (POLLHUP | POLLERR)) break;
    if (input >= 0 && fds[1].revents & (POLLIN | POLLHUP)) {
      ssize_t n = read(0, bytes, sizeof bytes);
      if (n <= 0) input = -1;
      else if (write(master, bytes, (size_t)n) < 0) return 6;
    }
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* as container runtimes do it: a session with stdin as controlling terminal, then the command in this process */
static int cmd_ctty(char **a) {
  if (setsid() < 0) return 3;
  if (ioctl(0, TIOCSCTTY, 0) < 0) return 4;
  execvp(a[0], a);
  return 127;
}

static const char *mark_file;
static void mark(int s) {
  int fd = open(mark_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd >= 0 && write(fd, s == SIGHUP ? "hup\n" : "int\n", 4) < 0) _exit(9);
  if (s == SIGHUP) _exit(5);
  say("int", s);
}

/* is it in the foreground, can it read, does Ctrl-C reach it, and a hang-up */
static int cmd_tty(char **a) {
  char line[256];
  struct sigaction action = {.sa_handler = mark, .sa_flags = SA_RESTART};
  mark_file = a[0];
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  say("foreground", tcgetpgrp(0) == getpgrp());
  while (fgets(line, sizeof line, stdin)) say("line", number(line));
  for (;;) pause();
  return 0;
}

/* forks until refused; holds that; then lets go and forks again */
static int cmd_exhaust(char **a) {
  (void)a;
  struct sigaction action = {.sa_handler = tell};
  long made = 0;
  sigaction(SIGUSR1, &action, NULL);
  for (;; made++) {
    pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      signal(SIGUSR1, SIG_IGN);
      signal(SIGUSR2, SIG_DFL);
      setpgid(0, 0);
      wait_forever();
    }
  }
  say("full", made);
  usleep(2000000); /* or until USR1 */
  /* everything but PID 1 and us: whoever is PID 1 may have children of its own only for us */
  signal(SIGUSR2, SIG_IGN);
  kill(-1, SIGUSR2);
  for (int status; waitpid(-1, &status, 0) > 0;) {}
  pid_t child = fork();
  if (child == 0) _exit(0);
  say("recovered", child > 0);
  if (child > 0) waitpid(child, NULL, 0);
  return child > 0 ? 21 : 22;
}

static int cmd_fds(char **a) {
  (void)a;
  for (int fd = 3; fd < 4096; fd++)
    if (fcntl(fd, F_GETFD) >= 0) say("fd", fd);
  say("end", 0);
  return 0;
}

/* the command with nothing open but its standard streams, whatever the suite itself was started with */
static int cmd_clean(char **a) {
  close_range(3, ~0U, 0);
  execvp(a[0], a);
  return 127;
}

/* a process that was no child of anything in the namespace, and its orphan */
static int cmd_inject(char **a) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/pid", a[0]);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int *orphan = mmap(NULL, sizeof *orphan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (orphan == MAP_FAILED || fd < 0 || setns(fd, CLONE_NEWPID) < 0) return 3;
  /* it shares our descriptors, so that its pidfd is ours too */
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
  if (child < 0) return 4;
  if (child == 0) {
    pid_t parent = (pid_t)syscall(SYS_getpid), born = fork();
    if (born == 0) {
      setsid();
      while (getppid() == parent) sleep_ms(1);
      _exit(0);
    }
    *orphan = born < 0 ? -1 : (int)syscall(SYS_pidfd_open, born, 0);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  struct pollfd ended = {.fd = *orphan, .events = POLLIN};
  return *orphan >= 0 && poll(&ended, 1, 15000) == 1 ? 0 : 5;
}

static const struct { const char *name; int (*run)(char **); } commands[] = {
    {"exit", cmd_exit}, {"die", cmd_die}, {"signals", cmd_signals}, {"ignore", cmd_ignore}, {"orphans", cmd_orphans},
    {"tree", cmd_tree}, {"outer", cmd_outer}, {"pty", cmd_pty}, {"ctty", cmd_ctty}, {"tty", cmd_tty},
    {"exhaust", cmd_exhaust}, {"fds", cmd_fds}, {"inject", cmd_inject}, {"clean", cmd_clean},
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argv + 2);
  fprintf(stderr, "payload: unknown mode %s\n", argc > 1 ? argv[1] : "(none)");
  return 64;
}
