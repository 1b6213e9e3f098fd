/* The program the tests run in containers: one static binary, one mode per behaviour a supervisor meets. */
#define _GNU_SOURCE
#include "network.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long number(const char *text) { return text ? strtol(text, NULL, 10) : 0; }

static void wait_forever(void) {
  for (;;) pause();
}

static int cmd_exit(char **a) { return (int)number(a[0]); }

static int cmd_signal(char **a) {
  raise((int)number(a[0]));
  return 99;
}

static int cmd_sleep(char **a) {
  if (!a[0]) wait_forever();
  struct timespec t = {number(a[0]) / 1000, number(a[0]) % 1000 * 1000000};
  while (nanosleep(&t, &t) < 0 && errno == EINTR) {}
  return 0;
}

/* never ends by TERM, INT or HUP */
static int cmd_ignore_term(char **a) {
  (void)a;
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  puts("ignoring");
  wait_forever();
  return 0;
}

static volatile sig_atomic_t caught;
static void remember(int signal_number) { caught = signal_number; }

/* says which signal ended it: exit status 40 + signal */
static int cmd_trap(char **a) {
  (void)a;
  struct sigaction s = {.sa_handler = remember};
  for (int i = 1; i < 32; i++) if (i != SIGCHLD && i != SIGCONT) sigaction(i, &s, NULL);
  puts("trapping");
  while (!caught) pause();
  printf("caught %d\n", (int)caught);
  return 40 + caught;
}

/* touches N MiB, one at a time, then sleeps */
static int cmd_eat(char **a) {
  for (long i = 0; i < number(a[0]); i++) {
    char *block = malloc(1 << 20);
    if (!block) return 3;
    memset(block, (int)i + 1, 1 << 20);
    if ((i & 15) == 15) printf("ate %ld\n", i + 1);
  }
  printf("full %ld\n", number(a[0]));
  wait_forever();
  return 0;
}

static long long nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (long long)t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* uses the CPU for `busy` ms of CPU time, sleeps `idle` ms, for ever: spikes that a quota cuts off and a burst lets through */
static int cmd_spike(char **a) {
  for (;;) {
    long long until = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) + number(a[0]) * 1000000LL;
    while (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) < until) {}
    usleep((useconds_t)number(a[1]) * 1000);
  }
  return 0;
}

/* a child touches N MiB; says how it ended, and lives on */
static int cmd_eat_in_child(char **a) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) return cmd_eat(a);
  printf("child %d\n", child);
  waitpid(child, &status, 0);
  printf("child ended by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  wait_forever();
  return 0;
}

/* direct I/O past the page cache, for ever: read|write FILE BYTES, operations of so many bytes in the first 16 MiB; N processes
 * at it, so that one always waits for its turn: a throttled device gives no credit for the time in which nobody asks */
static int cmd_direct(char **a) {
  int writes = strcmp(a[0], "write") == 0;
  size_t size = (size_t)number(a[2]);
  for (long i = 1; a[3] && i < number(a[3]); i++) if (fork() == 0) break;
  char *block = aligned_alloc(4096, size);
  int fd = open(a[1], O_DIRECT | O_CLOEXEC | (writes ? O_WRONLY | O_CREAT : O_RDONLY), 0644);
  if (fd < 0 || !block) { printf("cannot open %s: errno %d\n", a[1], errno); return 5; }
  memset(block, 'd', size);
  puts("direct");
  for (off_t at = 0;; at = (at + (off_t)size) % (16 << 20)) {
    ssize_t n = writes ? pwrite(fd, block, size, at) : pread(fd, block, size, at);
    if (n != (ssize_t)size) { printf("moved %ld: errno %d\n", (long)n, errno); return 6; }
  }
}

/* opens a file, reads it whole, closes it; the number of bytes, or -errno */
static long read_whole(const char *path) {
  static char text[1 << 16];
  long total = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  for (;;) {
    ssize_t n = read(fd, text, sizeof text);
    if (n < 0) total = -errno;
    if (n <= 0) break;
    total += n;
  }
  close(fd);
  return total;
}

/* what open, read and close of FILE cost: BATCHES lines, each the mean nanoseconds of N of them */
static int cmd_cost(char **a) {
  for (long batch = 0; batch < number(a[1]); batch++) {
    long long from = nanoseconds(CLOCK_MONOTONIC);
    for (long i = 0; i < number(a[2]); i++) {
      long got = read_whole(a[0]);
      if (got <= 0) { printf("read %s: errno %ld\n", a[0], -got); return 5; }
    }
    printf("cost %lld\n", (nanoseconds(CLOCK_MONOTONIC) - from) / number(a[2]));
  }
  puts("end");
  return 0;
}

/* reads FILE again and again for `ms`; says how often, how often that failed, and the last error */
static int cmd_reread(char **a) {
  long reads = 0, failed = 0, error = 0;
  long long until = nanoseconds(CLOCK_MONOTONIC) + number(a[1]) * 1000000LL;
  puts("reading");
  while (nanoseconds(CLOCK_MONOTONIC) < until) {
    long got = read_whole(a[0]);
    reads++;
    if (got <= 0) failed++, error = -got;
  }
  printf("reads %ld failed %ld errno %ld\n", reads, failed, error);
  return 0;
}

static int cmd_burn(char **a) {
  long threads = a[0] ? number(a[0]) : 1;
  for (long i = 1; i < threads; i++) if (fork() == 0) break;
  for (volatile unsigned long n = 0; n + 1 != 0; n++) {}
  return 0;
}

/* N orphans: each child forks a grandchild that outlives it; they sleep `ms` (0: for ever) */
static int cmd_orphans(char **a) {
  long count = number(a[0]), ms = a[1] ? number(a[1]) : 0;
  for (long i = 0; i < count; i++) {
    pid_t child = fork();
    if (child < 0) return 3;
    if (child == 0) {
      if (fork() == 0) {
        if (a[1] && a[2]) setsid(); /* a third word: as daemons, which a kill of the process group would miss */
        if (ms == 0) wait_forever();
        usleep((useconds_t)ms * 1000);
        _exit(7);
      }
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
  printf("orphaned %ld\n", count);
  wait_forever();
  return 0;
}

/* N grandchildren that end at once and are reaped by whoever is PID 1 */
static int cmd_grandchildren(char **a) {
  long count = number(a[0]), made = 0;
  while (made < count) {
    pid_t child = fork();
    if (child < 0) { usleep(1000); continue; }
    if (child == 0) {
      for (int i = 0; i < 100; i++) {
        pid_t g = fork();
        if (g == 0) _exit(i);
        if (g < 0) { usleep(1000); i--; }
      }
      _exit(0);
    }
    waitpid(child, NULL, 0);
    made += 100;
  }
  printf("made %ld\n", made);
  wait_forever();
  return 0;
}

static int cmd_close_stdout(char **a) {
  (void)a;
  puts("closing");
  close(0); close(1); close(2);
  wait_forever();
  return 0;
}

/* N lines of 100 bytes as fast as the pipe takes them (0: for ever) */
static int cmd_flood(char **a) {
  static char block[100 * 640];
  long count = number(a[0]);
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  if (count == 0) {
    for (int i = 0; i < 640; i++) { memset(block + i * 100, 'a' + i % 26, 99); block[i * 100 + 99] = '\n'; }
    for (;;) if (write(1, block, sizeof block) < 0) return 4;
  }
  for (long i = 0; i < count; i++) printf("%010ld %.*s\n", i, 88, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmn");
  fflush(stdout);
  return 0;
}

/* N blocks of 64,000 bytes of 100-byte lines, then one line with the nanoseconds it took */
static int cmd_pump(char **a) {
  static char block[100 * 640];
  for (int i = 0; i < 640; i++) { memset(block + i * 100, 'a' + i % 26, 99); block[i * 100 + 99] = '\n'; }
  struct timespec from, to;
  clock_gettime(CLOCK_REALTIME, &from);
  for (long i = 0; i < number(a[0]); i++)
    for (size_t done = 0; done < sizeof block;) {
      ssize_t n = write(1, block + done, sizeof block - done);
      if (n < 0) return 4;
      done += (size_t)n;
    }
  clock_gettime(CLOCK_REALTIME, &to);
  dprintf(2, "pumped %lld\n", (long long)(to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
  return 0;
}

/* "seq 1", "seq 2" … every `ms`; for ever or `count` times; keeps counting over nothing but its own life */
static int cmd_seq(char **a) {
  long ms = number(a[0]), count = a[1] ? number(a[1]) : 0;
  for (long i = 1; count == 0 || i <= count; i++) {
    printf("seq %ld\n", i);
    usleep((useconds_t)ms * 1000);
  }
  return 0;
}

/* text without a newline, a pause, the rest; then a line of N bytes; then an unfinished last line */
static int cmd_partial(char **a) {
  long size = a[0] ? number(a[0]) : 40000;
  write(1, "first", 5);
  usleep(50000);
  write(1, " half\n", 6);
  char *line = malloc((size_t)size + 1);
  memset(line, 'x', (size_t)size);
  line[size] = '\n';
  for (long done = 0; done <= size;) {
    ssize_t n = write(1, line + done, (size_t)(size + 1 - done));
    if (n < 0) return 4;
    done += n;
  }
  write(1, "no newline at the end", 21);
  return 0;
}

/* a tree in sessions of their own: what a plain kill of the process group would miss */
static int cmd_setsid_tree(char **a) {
  long depth = a[0] ? number(a[0]) : 5;
  for (long i = 0; i < depth; i++) {
    pid_t child = fork();
    if (child < 0) return 3;
    if (child > 0) wait_forever();
    setsid();
    signal(SIGTERM, SIG_IGN);
  }
  printf("tree %ld\n", depth);
  wait_forever();
  return 0;
}

/* forks until refused or `limit`; says how many it got and why it ended */
static int cmd_fork_bomb(char **a) {
  long limit = number(a[0]), made = 0;
  int why = 0;
  while (made < limit) {
    pid_t child = fork();
    if (child < 0) { why = errno; break; }
    if (child == 0) wait_forever();
    made++;
  }
  printf("bomb %ld errno %d\n", made, why);
  wait_forever();
  return 0;
}

static void print_file(const char *path, const char *prefix) {
  char line[4096];
  FILE *f = fopen(path, "re");
  if (!f) { printf("%s%s: errno %d\n", prefix, path, errno); return; }
  while (fgets(line, sizeof line, f)) printf("%s%s%s", prefix, line, strchr(line, '\n') ? "" : "\n");
  fclose(f);
}

/* what the container sees of itself, one fact a line */
static int cmd_facts(char **a) {
  (void)a;
  static const char *const kinds[] = {"net", "ipc", "uts", "pid", "mnt", "cgroup", "time", "user"};
  char path[64], target[256];
  printf("pid %d ppid %d pgid %d sid %d uid %u gid %u\n", getpid(), getppid(), getpgrp(), getsid(0), getuid(), getgid());
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
    ssize_t n = readlink(path, target, sizeof target - 1);
    printf("ns %s %.*s\n", kinds[i], (int)(n < 0 ? 0 : n), target);
  }
  char name[256] = "", cwd[4096] = "";
  gethostname(name, sizeof name - 1);
  printf("hostname %s\ncwd %s\n", name, getcwd(cwd, sizeof cwd) ? cwd : "?");
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  printf("monotonic %lld\n", (long long)t.tv_sec);
  clock_gettime(CLOCK_BOOTTIME, &t);
  printf("boottime %lld\n", (long long)t.tv_sec);
  print_file("/proc/self/status", "status ");
  print_file("/proc/self/cgroup", "cgroup ");
  print_file("/proc/1/comm", "init ");
  DIR *fds = opendir("/proc/self/fd");
  for (struct dirent *e; fds && (e = readdir(fds));)
    if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(fds)) printf("fd %s\n", e->d_name);
  puts("end");
  if (a[0] && strcmp(a[0], "stay") == 0) wait_forever();
  return 0;
}

/* tries what a container must not be able to do; prints "<attempt> errno <n>" (0: it worked) */
static int cmd_attack(char **a) {
  (void)a;
  static const char *const files[] = {"/proc/1/mem", "/proc/1/environ", "/proc/kcore", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname",
                                      "/proc/keys", "/proc/timer_list", "/sys/firmware/x"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    int write_it = strstr(files[i], "sys") != NULL;
    int fd = open(files[i], write_it ? O_WRONLY : O_RDONLY);
    char byte;
    long got = fd < 0 ? -1 : write_it ? 0 : read(fd, &byte, 1);
    printf("%s errno %d got %ld\n", files[i], fd < 0 ? errno : 0, got);
    if (fd >= 0) close(fd);
  }
  char root[256];
  printf("/proc/1/root errno %d\n", readlink("/proc/1/root", root, sizeof root) < 0 ? errno : 0);
  printf("/proc/1/exe errno %d\n", readlink("/proc/1/exe", root, sizeof root) < 0 ? errno : 0);
  printf("mknod errno %d\n", mknod("/tmp-disk", S_IFBLK | 0600, makedev(254, 0)) < 0 ? errno : 0);
  printf("unshare errno %d\n", unshare(CLONE_NEWNS) < 0 ? errno : 0);
  printf("kill1 errno %d\n", kill(1, SIGKILL) < 0 ? errno : 0);
  puts("end");
  return 0;
}

/* tries devices, each `PATH` or `b:MAJOR:MINOR` (a node that it makes), with r, w or rw after a comma: "<device> errno <n>" */
static int cmd_devices(char **a) {
  for (; *a; a++) {
    char name[256], type;
    unsigned major, minor;
    snprintf(name, sizeof name, "%s", *a);
    char *access = strchr(name, ',');
    if (!access) return 64;
    *access++ = 0;
    const char *path = name;
    if (sscanf(name, "%c:%u:%u", &type, &major, &minor) == 3) {
      path = "/made-node";
      unlink(path);
      if (mknod(path, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major, minor)) < 0) {
        printf("%s mknod errno %d\n", *a, errno);
        continue;
      }
    }
    int fd = open(path, (strcmp(access, "rw") == 0 ? O_RDWR : *access == 'w' ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    printf("%s errno %d\n", *a, fd < 0 ? errno : 0);
    if (fd >= 0) close(fd);
  }
  return 0;
}

/* SO_PRIORITY of a new inet socket, again at each line on stdin, or every `ms` */
static int cmd_socket_priority(char **a) {
  char line[64];
  do {
    int value = -1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof value;
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &value, &size) < 0) return 5;
    printf("priority %d\n", value);
    close(fd);
  } while (a[0] ? usleep((useconds_t)number(a[0]) * 1000) == 0 : fgets(line, sizeof line, stdin) != NULL);
  return 0;
}

/* nanoseconds of the wall clock at the first instruction: what "its program runs" is measured by */
static int cmd_stamp(char **a) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  printf("stamp %lld%09ld\n", (long long)t.tv_sec, t.tv_nsec);
  if (a[0]) return (int)number(a[0]);
  wait_forever();
  return 0;
}

/* says READY=1 over NOTIFY_SOCKET after `ms`, then sleeps */
static int cmd_notify(char **a) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (!path || strlen(path) >= sizeof to.sun_path) return 5;
  usleep((useconds_t)number(a[0]) * 1000);
  strcpy(to.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || sendto(fd, "READY=1\n", 8, 0, (struct sockaddr *)&to, sizeof to) != 8) return 6;
  puts("notified");
  wait_forever();
  return 0;
}

/* writes a newline to the fd after `ms`, then sleeps */
static int cmd_notify_fd(char **a) {
  usleep((useconds_t)(a[1] ? number(a[1]) : 0) * 1000);
  if (write((int)number(a[0]), "\n", 1) != 1) return 6;
  puts("notified");
  wait_forever();
  return 0;
}

/* what it may use, one fact a line */
static int cmd_limits(char **a) {
  errno = 0;
  printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
  print_file("/proc/self/oom_score_adj", "oom ");
  print_file("/proc/self/limits", "limit ");
  print_file("/proc/self/status", "status ");
  for (char **e = environ; *e; e++) printf("env %s\n", *e);
  puts("end");
  if (a[0] && strcmp(a[0], "stay") == 0) wait_forever();
  return 0;
}

/* stops itself, as job control or a debugger would */
static int cmd_stop_self(char **a) {
  (void)a;
  puts("stopping myself");
  raise(SIGSTOP);
  wait_forever();
  return 0;
}

/* appends "<name> <nanoseconds>" to a file in one write, then sleeps: who started when */
static int cmd_record(char **a) {
  char line[256];
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  int fd = open(a[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  int n = snprintf(line, sizeof line, "%s %lld%09ld\n", a[1], (long long)t.tv_sec, t.tv_nsec);
  if (fd < 0 || write(fd, line, (size_t)n) != n) return 5;
  close(fd);
  wait_forever();
  return 0;
}

/* whether a file is there: an exec probe */
static int cmd_exists(char **a) { return access(a[0], F_OK) == 0 ? 0 : 1; }

static volatile sig_atomic_t told;
static void tell(int signal_number) { told = signal_number; }

static int listen_on(long port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0) exit(6);
  return fd;
}

static void answer(int server, int status) {
  char text[4096];
  int fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  if (status > 0 && read(fd, text, sizeof text) > 0) dprintf(fd, "HTTP/1.1 %d x\r\nContent-Length: 3\r\n\r\nok\n", status);
  close(fd);
}

/* becomes ready at each USR1, is no longer at USR2: line TEXT | fd N | notify | file PATH | listen PORT | http PORT;
 * one more word: ready from the start */
static int cmd_ready(char **a) {
  static const char *const ways[] = {"line", "fd", "notify", "file", "listen", "http"};
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  int way = 0, server = -1, status = 200;
  while (way < 6 && strcmp(a[0], ways[way]) != 0) way++;
  if (getenv("NOTIFY_SOCKET")) strncpy(to.sun_path, getenv("NOTIFY_SOCKET"), sizeof to.sun_path - 1);
  sigset_t both, none;
  sigemptyset(&none);
  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigaddset(&both, SIGUSR2);
  sigprocmask(SIG_BLOCK, &both, NULL);
  signal(SIGUSR1, tell);
  signal(SIGUSR2, tell);
  puts("waiting");
  told = a[1] && a[2] ? SIGUSR1 : 0;
  for (;;) {
    if (told == SIGUSR1) {
      status = 200;
      if (way == 0) puts(a[1]);
      if (way == 1 && write((int)number(a[1]), "\n", 1) != 1) return 6;
      if (way == 2) sendto(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "READY=1", 7, 0, (struct sockaddr *)&to, sizeof to);
      if (way == 3) close(open(a[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
      if (way >= 4 && server < 0) server = listen_on(number(a[1]));
    } else if (told == SIGUSR2) {
      status = 503;
      if (way == 3) unlink(a[1]);
      if (way == 4) close(server), server = -1;
    }
    told = 0;
    struct pollfd p = {.fd = server, .events = POLLIN};
    if (ppoll(&p, 1, NULL, &none) > 0) answer(server, way == 5 ? status : 0);
  }
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* sysinfo(2) by its number, as no libc of PID 1's makes it; N: how often, with the time of one call and of one getppid(2) */
static int cmd_sysinfo(char **a) {
  struct sysinfo s;
  long count = a[0] ? number(a[0]) : 1;
  double begin = now_us();
  for (long i = 0; i < count; i++)
    if (syscall(SYS_sysinfo, &s) < 0) { printf("sysinfo errno %d\n", errno); return 3; }
  double each = (now_us() - begin) / (double)count;
  printf("total %lu free %lu swap %lu procs %d uptime %ld load %lu\n", s.totalram * s.mem_unit >> 20, s.freeram * s.mem_unit >> 20,
         s.totalswap * s.mem_unit >> 20, s.procs, s.uptime, s.loads[0]);
  if (!a[0]) return 0;
  begin = now_us();
  for (long i = 0; i < count; i++) syscall(SYS_getppid);
  printf("sysinfo-us %.3f getppid-ns %.1f\n", each, (now_us() - begin) / (double)count * 1e3);
  return 0;
}

static int get_affinity(pid_t pid, size_t length, void *mask) { return (int)syscall(SYS_sched_getaffinity, pid, length, mask); }

/* result or errno, and the CPUs; of itself, or of a pid */
static int cmd_affinity(char **a) {
  unsigned char mask[1024] = {0};
  int result = get_affinity((pid_t)number(a[0]), sizeof mask, mask);
  printf("affinity %d cpus", result < 0 ? -errno : result);
  for (int cpu = 0; cpu < 8192; cpu++) if (mask[cpu / 8] >> (cpu % 8) & 1) printf(" %d", cpu);
  puts("");
  return 0;
}

/* what both calls say to wrong arguments */
static int cmd_bad_calls(char **a) {
  (void)a;
  unsigned char mask[1024];
  char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  printf("address %d", syscall(SYS_sysinfo, 8L) < 0 ? errno : 0);
  printf(" end %d", syscall(SYS_sysinfo, page + 4096 - 16) < 0 ? errno : 0);
  mprotect(page, 4096, PROT_READ);
  printf(" readonly %d", syscall(SYS_sysinfo, page) < 0 ? errno : 0);
  printf(" length %d", get_affinity(0, 7, mask) < 0 ? errno : 0);
  printf(" zero %d", get_affinity(0, 0, mask) < 0 ? errno : 0);
  printf(" pid %d", get_affinity(0x3ffffff, sizeof mask, mask) < 0 ? errno : 0);
  printf(" mask %d\n", get_affinity(0, sizeof mask, page) < 0 ? errno : 0);
  return 0;
}

/* the record lies on a page that has yet to be read from a file */
static int cmd_sysinfo_mapped(char **a) {
  struct sysinfo *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, open(a[0], O_RDONLY | O_CLOEXEC), 0);
  if (s == MAP_FAILED) { printf("mmap errno %d\n", errno); return 0; }
  if (syscall(SYS_sysinfo, s) < 0) { printf("sysinfo errno %d\n", errno); return 0; }
  printf("total %lu uid %u euid %u\n", s->totalram * s->mem_unit >> 20, getuid(), geteuid());
  return 0;
}

/* N processes that all call at once: how many saw `a[1]` MiB */
static int cmd_sysinfo_crowd(char **a) {
  long count = number(a[0]), wanted = number(a[1]), good = 0;
  int gate[2];
  char byte;
  if (pipe(gate) < 0) return 3;
  for (long i = 0; i < count; i++)
    if (fork() == 0) {
      struct sysinfo s;
      close(gate[1]);
      while (read(gate[0], &byte, 1) > 0) {}
      _exit(syscall(SYS_sysinfo, &s) == 0 && (long)(s.totalram * s.mem_unit >> 20) == wanted ? 0 : 1);
    }
  close(gate[1]);
  for (int status; wait(&status) > 0;) good += status == 0;
  printf("crowd %ld\n", good);
  return 0;
}

/* both calls from a pid namespace of its own, below a user namespace where that may be */
static int cmd_nested_calls(char **a) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0 && unshare(CLONE_NEWPID) < 0) { printf("unshare errno %d\n", errno); return 3; }
  pid_t child = fork();
  if (child == 0) {
    cmd_sysinfo(a);
    printf("self %d ", get_affinity(0, 128, (char[128]){0}));
    printf("one %d\n", get_affinity(1, 128, (char[128]){0}));
    _exit(0);
  }
  waitpid(child, NULL, 0);
  return 0;
}

static int call_sysinfo(void *record) { return (int)syscall(SYS_sysinfo, record); }

/* one process whose record lies on a page that nobody gives it; USR1 gives it: "held", then the MiB that it saw */
static int cmd_sysinfo_held(char **a) {
  (void)a;
  struct uffdio_api api = {.api = UFFD_API};
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register range = {.range = {(unsigned long)page, 4096}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &range) < 0) { printf("userfaultfd errno %d\n", errno); return 3; }
  sigset_t usr1;
  int signal_number;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  static char stack[16384] __attribute__((aligned(16)));
  pid_t child = clone(call_sysinfo, stack + sizeof stack, CLONE_VM | SIGCHLD, page);
  struct pollfd p = {fd, POLLIN, 0};
  poll(&p, 1, -1);
  puts("held");
  sigwait(&usr1, &signal_number);
  struct uffdio_zeropage zero = {.range = range.range};
  ioctl(fd, UFFDIO_ZEROPAGE, &zero);
  waitpid(child, NULL, 0);
  printf("held total %lu\n", ((struct sysinfo *)page)->totalram * ((struct sysinfo *)page)->mem_unit >> 20);
  wait_forever();
  return 0;
}

static long call_clone_user(void) {
  long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid((pid_t)pid, NULL, 0);
  return pid;
}

/* of each named call the errno, 0 where it went well: with arguments that the kernel refuses otherwise than a filter does */
static int cmd_calls(char **a) {
  for (; *a; a++) {
    long result = -1;
    errno = EINVAL;
    if (strcmp(*a, "getcwd") == 0) result = syscall(SYS_getcwd, (char[4096]){0}, 4096);
    if (strcmp(*a, "unshare") == 0) result = syscall(SYS_unshare, CLONE_NEWUTS | 1);
    if (strcmp(*a, "clone-user") == 0) result = call_clone_user();
    if (strcmp(*a, "clone3") == 0) result = syscall(SYS_clone3, NULL, 0);
    if (strcmp(*a, "mount") == 0) result = syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
    if (strcmp(*a, "keyctl") == 0) result = syscall(SYS_keyctl, 0, -3, 0);
    if (strcmp(*a, "io_uring") == 0) result = syscall(SYS_io_uring_setup, 1, NULL);
    if (strcmp(*a, "ptrace") == 0) result = syscall(SYS_ptrace, 0x4200, 0x3ffffff, 0, 0);
    if (strcmp(*a, "alg") == 0) result = syscall(SYS_socket, 38, SOCK_SEQPACKET, 0);
    if (strcmp(*a, "alg-high") == 0) result = syscall(SYS_socket, 1L << 32 | 38, SOCK_SEQPACKET, 0);
    if (strcmp(*a, "unix") == 0) result = syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    if (strcmp(*a, "young") == 0) result = syscall(999);
    printf("%s %d\n", *a, result < 0 ? errno : 0);
  }
  return 0;
}

static const struct { const char *name; int (*run)(char **); } commands[] = {
    {"devices", cmd_devices}, {"socket-priority", cmd_socket_priority},
    {"spike", cmd_spike}, {"eat-in-child", cmd_eat_in_child}, {"direct", cmd_direct}, {"cost", cmd_cost}, {"reread", cmd_reread},
    {"exists", cmd_exists}, {"ready", cmd_ready},
    {"exit", cmd_exit}, {"signal", cmd_signal}, {"sleep", cmd_sleep}, {"ignore-term", cmd_ignore_term}, {"trap", cmd_trap},
    {"eat", cmd_eat}, {"burn", cmd_burn}, {"orphans", cmd_orphans}, {"grandchildren", cmd_grandchildren},
    {"close-stdout", cmd_close_stdout}, {"flood", cmd_flood}, {"pump", cmd_pump}, {"seq", cmd_seq}, {"partial", cmd_partial},
    {"setsid-tree", cmd_setsid_tree}, {"fork-bomb", cmd_fork_bomb}, {"facts", cmd_facts}, {"attack", cmd_attack}, {"stamp", cmd_stamp},
    {"notify", cmd_notify}, {"notify-fd", cmd_notify_fd}, {"limits", cmd_limits}, {"stop-self", cmd_stop_self}, {"record", cmd_record},
    {"sysinfo", cmd_sysinfo}, {"affinity", cmd_affinity}, {"bad-calls", cmd_bad_calls}, {"sysinfo-crowd", cmd_sysinfo_crowd},
    {"nested-calls", cmd_nested_calls}, {"sysinfo-mapped", cmd_sysinfo_mapped}, {"sysinfo-held", cmd_sysinfo_held},
    {"echo", cmd_echo}, {"ping-pong", cmd_ping_pong}, {"reach", cmd_reach}, {"hold", cmd_hold}, {"ask", cmd_ask},
    {"calls", cmd_calls},
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argv + 2);
  fprintf(stderr, "payload: unknown mode %s\n", argc > 1 ? argv[1] : "(none)");
  return 64;
}
