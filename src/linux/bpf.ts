/** BPF programs on cgroup2 directories, bpf(2). A program lives as long as its directory, whoever attached it. */
import { closeSync, constants, openSync } from 'node:fs';
import koffi from 'koffi';
import { lastErrno, libcFunction } from './library.ts';
import { check, SysError } from './sys-error.ts';

koffi.struct('bpf_load', {
  type: 'uint32_t',
  count: 'uint32_t',
  instructions: 'const uint8_t *',
  license: 'const char *',
  logLevel: 'uint32_t',
  logSize: 'uint32_t',
  log: 'uint8_t *',
  kernelVersion: 'uint32_t',
  flags: 'uint32_t',
  name: koffi.array('char', 16),
  interfaceIndex: 'uint32_t',
  attachType: 'uint32_t',
});
koffi.struct('bpf_attach', { target: 'uint32_t', program: 'uint32_t', type: 'uint32_t', flags: 'uint32_t' });

const SYS_bpf = process.arch === 'arm64' ? 280 : 321;
const cLoad = libcFunction('long syscall(long number, int command, const bpf_load *attributes, uint size)');
const cAttach = libcFunction('long syscall(long number, int command, const bpf_attach *attributes, uint size)');

const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_DETACH = 9;
const BPF_F_ALLOW_OVERRIDE = 1;
const BPF_F_ALLOW_MULTI = 2;
const instructionBytes = 8;

/**
 * enum bpf_prog_type, enum bpf_attach_type. Of device programs all on the way to the root must allow (BPF_F_ALLOW_MULTI); of those that
 * run when an inet socket is made the closest alone does (BPF_F_ALLOW_OVERRIDE), and a new one takes the place of the old.
 */
const kinds = {
  device: { type: 15, attachType: 6, flags: BPF_F_ALLOW_MULTI, name: 'podctl_devices' },
  socket: { type: 9, attachType: 2, flags: BPF_F_ALLOW_OVERRIDE, name: 'podctl_sockets' },
} as const;
export type CgroupProgramKind = keyof typeof kinds;

/** A close-on-exec fd of the program; SysError, with the verifier's last words where it has any. */
export function loadCgroupProgram(kind: CgroupProgramKind, instructions: Uint8Array): number {
  const fd = load(kind, instructions, undefined);
  if (fd >= 0) return fd;
  const errno = lastErrno();
  throw new SysError('bpf BPF_PROG_LOAD', errno, verifierWords(kind, instructions));
}

function load(kind: CgroupProgramKind, instructions: Uint8Array, log: Buffer | undefined): number {
  const { type, attachType, name } = kinds[kind];
  const attributes = {
    type,
    count: instructions.length / instructionBytes,
    instructions,
    license: 'Apache-2.0',
    logLevel: log === undefined ? 0 : 1,
    logSize: log?.length ?? 0,
    log: log ?? null,
    kernelVersion: 0,
    flags: 0,
    name,
    interfaceIndex: 0,
    attachType,
  };
  return Number(cLoad(SYS_bpf, BPF_PROG_LOAD, attributes, koffi.sizeof('bpf_load')));
}

function verifierWords(kind: CgroupProgramKind, instructions: Uint8Array): string | undefined {
  const log = Buffer.alloc(65_536);
  const fd = load(kind, instructions, log);
  if (fd >= 0) closeSync(fd);
  const lines = log.toString('latin1', 0, log.indexOf(0)).trim().split('\n');
  const words = lines.filter((line) => !line.startsWith('processed ')).at(-1);
  return words === undefined || words === '' ? undefined : words;
}

/** On a cgroup2 directory. Cheap: the program is shared by all directories that it is attached to. */
export function attachCgroupProgram(kind: CgroupProgramKind, directory: string, program: number): void {
  const { attachType, flags } = kinds[kind];
  withDirectory(directory, (target) =>
    check(
      'bpf BPF_PROG_ATTACH',
      cAttach(SYS_bpf, BPF_PROG_ATTACH, { target, program, type: attachType, flags }, koffi.sizeof('bpf_attach')),
      directory,
    ),
  );
}

/** The directory's own program of a kind that has one per directory; nothing when there is none. */
export function detachCgroupProgram(kind: 'socket', directory: string): void {
  const attributes = { target: 0, program: 0, type: kinds[kind].attachType, flags: 0 };
  withDirectory(directory, (target) => {
    const result = cAttach(SYS_bpf, BPF_PROG_DETACH, { ...attributes, target }, koffi.sizeof('bpf_attach'));
    if (Number(result) < 0 && lastErrno() === 2) return;
    check('bpf BPF_PROG_DETACH', result, directory);
  });
}

function withDirectory(directory: string, act: (fd: number) => void): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    act(fd);
  } finally {
    closeSync(fd);
  }
}
