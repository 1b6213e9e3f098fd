/** Device access of containers as runc sets it (FIELD "Isolation"); v1 only: on v2 it is a BPF program, which comes later. */

/** All nodes may be made (mknod), these may be opened; everything else is denied. */
export const defaultDeviceRules: readonly string[] = [
  'c *:* m',
  'b *:* m',
  // null zero full random urandom
  'c 1:3 rwm',
  'c 1:5 rwm',
  'c 1:7 rwm',
  'c 1:8 rwm',
  'c 1:9 rwm',
  // tty console ptmx pts
  'c 5:0 rwm',
  'c 5:1 rwm',
  'c 5:2 rwm',
  'c 136:* rwm',
];
