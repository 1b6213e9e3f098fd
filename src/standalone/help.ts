/** What `podinit --help` prints. */
export const helpText = `podinit: PID 1 for containers, and a supervisor of several programs in one.

  podinit -- COMMAND [ARG…]                 run one program: signals forwarded, orphans reaped, its exit code
  podinit -f FILE [-- COMMAND [ARG…]]       supervise the programs of FILE; COMMAND is one more, essential, named main
  podinit validate -f FILE                  check FILE; exit code 2 when anything is wrong
  podinit ctl VERB [PROGRAM…] [-o json]     speak to a running podinit -f:
          status | start | stop | restart | reload | pause | resume | why | update | shutdown, and signal SIGNAL [PROGRAM…]

  -f, --file FILE     processes: […] as in a podctl.dev/v1 pod (with apiVersion: podctl.dev/v1, kind: Processes if you like)
  --socket PATH       control socket; default $PODINIT_SOCKET, else /run/podinit.sock, $XDG_RUNTIME_DIR/podinit.sock
                      or /tmp/podinit-<pid>.sock, the first that can be made. Programs get PODINIT_SOCKET
  --grace DURATION    between SIGTERM and SIGKILL of everything: 10s, 500ms; default 30s with a file, never for COMMAND alone
  --cgroups MODE      auto (default): a cgroup per program where one can be made, else by descent; off; require
  -g                  forward signals to COMMAND's process group
  -v, --verbose       say what happens on standard error
  --help, --version

Signals. COMMAND alone gets every signal that can be forwarded. With a file TERM, INT and QUIT stop all programs in reverse
order of their dependencies, HUP reads the file again and changes only what changed, others go to the essential programs.
Exit code: that of COMMAND or of the essential program that ended (128+n for signal n); 126, 127: it could not be started;
2: wrong usage or file. When not PID 1 podinit is a child subreaper: what its programs leave is still its own.
Without cgroups the processes of a program are its descendants and orphans that carry its PODINIT_PROGRAM variable:
one that leaves its parents and clears its environment belongs to nobody until podinit ends.
`;
