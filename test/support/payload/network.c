/* One server that says who it is and echoes, and its clients: does it answer, how fast, does it go on answering. */
#define _GNU_SOURCE
#include "network.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 1024, patience_ms = 5000 };

static char greeting[80];

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int refuse(const char *what) {
  printf("%s errno %d\n", what, errno);
  return 3;
}

/* both families on one port */
static int bound(int type, int port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  return bind(fd, (struct sockaddr *)&any, sizeof any) < 0 ? -1 : fd;
}

static void echo_datagram(int fd) {
  char data[2048];
  struct sockaddr_storage from;
  socklen_t length = sizeof from;
  size_t named = strlen(greeting);
  memcpy(data, greeting, named);
  ssize_t got = recvfrom(fd, data + named, sizeof data - named, 0, (struct sockaddr *)&from, &length);
  if (got >= 0) sendto(fd, data, named + (size_t)got, 0, (struct sockaddr *)&from, length);
}

static int accepted(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
  if (fd < 0) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (send(fd, greeting, strlen(greeting), MSG_NOSIGNAL) < 0) { close(fd); return -1; }
  return fd;
}

/* false: the connection has ended */
static int echo_stream(int fd) {
  char data[65536];
  ssize_t got = read(fd, data, sizeof data);
  return got > 0 && send(fd, data, (size_t)got, MSG_NOSIGNAL) == got;
}

/* PORT, TCP and UDP: greets each connection with its hostname and a line's end, then echoes; a datagram comes back with that in front */
int cmd_echo(char **a) {
  static struct pollfd polled[most_connections];
  int count = 2, port = atoi(a[0]);
  gethostname(greeting, 64);
  strcat(greeting, "\n");
  polled[0] = (struct pollfd){bound(SOCK_STREAM, port), POLLIN, 0};
  polled[1] = (struct pollfd){bound(SOCK_DGRAM, port), POLLIN, 0};
  if (polled[0].fd < 0 || polled[1].fd < 0 || listen(polled[0].fd, 1024) < 0) return refuse("listen");
  printf("echoing %d\n", port);
  for (;;) {
    poll(polled, (nfds_t)count, -1);
    if (polled[1].revents) echo_datagram(polled[1].fd);
    for (int i = count - 1; i >= 2; i--) {
      if (!polled[i].revents || echo_stream(polled[i].fd)) continue;
      close(polled[i].fd);
      polled[i] = polled[--count];
    }
    if (!polled[0].revents || count == most_connections) continue;
    int fd = accepted(polled[0].fd);
    if (fd >= 0) polled[count++] = (struct pollfd){fd, POLLIN, 0};
  }
}

static socklen_t parse_address(const char *text, int port, struct sockaddr_storage *address) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((unsigned short)port);
    return sizeof *v4;
  }
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons((unsigned short)port);
  inet_pton(AF_INET6, text, &v6->sin6_addr);
  return sizeof *v6;
}

static int wait_for(int fd, short events) {
  struct pollfd polled = {fd, events, 0};
  int ready = poll(&polled, 1, patience_ms);
  if (ready == 0) errno = ETIMEDOUT;
  return ready == 1;
}

/* a connection that has been greeted; -1 and errno */
static int greeted(const char *address, int port, char *name, size_t size) {
  struct sockaddr_storage peer;
  socklen_t length = parse_address(address, port, &peer), error_size = sizeof(int);
  int fd = socket(peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, error = 0;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ssize_t got = -1;
  if (connect(fd, (struct sockaddr *)&peer, length) == 0 || (errno == EINPROGRESS && wait_for(fd, POLLOUT))) {
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
    if (error) errno = error;
    else if (wait_for(fd, POLLIN)) got = read(fd, name, size - 1);
  }
  if (got > 0) {
    name[got - 1] = 0;
    fcntl(fd, F_SETFL, 0);
    return fd;
  }
  if (got == 0) errno = ECONNRESET;
  int saved = errno;
  close(fd);
  errno = saved;
  return -1;
}

/* one byte there and back */
static int round_trip(int fd) {
  char byte = 'x';
  if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || !wait_for(fd, POLLIN)) return 0;
  ssize_t got = read(fd, &byte, 1);
  if (got == 0) errno = ECONNRESET;
  return got == 1;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ADDRESS PORT COUNT: round trips of one byte over one connection; the median in microseconds. Waits in read(2) alone, as most clients do. */
int cmd_ping_pong(char **a) {
  char name[80], byte = 'x';
  int count = atoi(a[2]), fd = greeted(a[0], atoi(a[1]), name, sizeof name);
  double *times = calloc((size_t)count + 1, sizeof *times);
  if (fd < 0 || !times) return refuse("connect");
  for (int i = 0; i < count; i++) {
    double begin = now_ms();
    if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || read(fd, &byte, 1) != 1) return refuse("round trip");
    times[i] = now_ms() - begin;
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("median-us %.2f p99-us %.2f\n", times[count / 2] * 1e3, times[count * 99 / 100] * 1e3);
  return 0;
}

/* PORT ADDRESS…: who answers at each, or the errno */
int cmd_reach(char **a) {
  for (int i = 1; a[i]; i++) {
    char name[80];
    int fd = greeted(a[i], atoi(a[0]), name, sizeof name);
    if (fd < 0) printf("%s errno %d\n", a[i], errno);
    else printf("%s %s\n", a[i], name);
    if (fd >= 0) close(fd);
  }
  return 0;
}

static volatile sig_atomic_t ended;
static void end(int signal_number) { ended = signal_number; }

static void until_term(void) {
  struct sigaction action = {.sa_handler = end, .sa_flags = SA_RESTART};
  sigaction(SIGTERM, &action, NULL);
}

/* what a test waits for that wants to see it go on */
static void tell(long count) { if (count % 10 == 9) printf("trips %ld\n", count + 1); }

/* ADDRESS PORT MS: round trips over one connection, one every MS, until TERM; what the longest took, or how it broke */
int cmd_hold(char **a) {
  char name[80];
  double longest = 0;
  long trips = 0;
  int fd = greeted(a[0], atoi(a[1]), name, sizeof name);
  until_term();
  if (fd < 0) return refuse("connect");
  printf("holding %s\n", name);
  for (; !ended; trips++) {
    double begin = now_ms();
    if (!round_trip(fd)) { printf("broken after %ld trips errno %d\n", trips, errno); return 3; }
    if (now_ms() - begin > longest) longest = now_ms() - begin;
    tell(trips);
    usleep((useconds_t)atoi(a[2]) * 1000);
  }
  printf("held trips %ld longest-ms %.0f\n", trips, longest);
  return 0;
}

/* ADDRESS PORT MS: a new connection with one round trip every MS, until TERM; each failure at once, and a line about all at the end */
int cmd_ask(char **a) {
  char name[80];
  double longest = 0;
  long asked = 0, failed = 0;
  until_term();
  puts("asking");
  for (; !ended; asked++) {
    double begin = now_ms();
    int fd = greeted(a[0], atoi(a[1]), name, sizeof name);
    if (fd < 0 || !round_trip(fd)) printf("failed at %ld errno %d\n", asked, errno), failed++;
    if (fd >= 0) close(fd);
    if (now_ms() - begin > longest) longest = now_ms() - begin;
    tell(asked);
    usleep((useconds_t)atoi(a[2]) * 1000);
  }
  printf("asked %ld failed %ld longest-ms %.0f\n", asked, failed, longest);
  return 0;
}
