/** Other supervisors from Debian, run with the tests' payload so that the same thing is measured in the same run. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { payloadBinary } from '../support/payload.ts';
import { allPids, readProc, readProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

export interface RunningPeer {
  readonly pid: number;
  /** where each program prints its stamps */
  readonly outputs: readonly string[];
  /** of the programs that run now */
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** it waits a second before each restart, by design */
  readonly restartsAfterASecond: boolean;
  /** resolves when every program has printed its first stamp */
  readonly start: (base: string, programs: number) => Promise<RunningPeer>;
}

const peers: readonly (Peer & { readonly binary: string })[] = [
  {
    name: 'supervisord',
    binary: '/usr/bin/supervisord',
    // its main loop wakes once a second, and only there it restarts what ended
    restartsAfterASecond: true,
    start: (base, programs) =>
      run(base, programs, supervisordConfig, (dir) => ['/usr/bin/supervisord', '-n', '-c', `${dir}/conf`]),
  },
  {
    name: 's6',
    binary: '/usr/bin/s6-svscan',
    restartsAfterASecond: true,
    start: (base, programs) =>
      run(base, programs, serviceDirectories, (dir) => ['/usr/bin/s6-svscan', '-c', '1024', `${dir}/services`]),
  },
  {
    name: 'runit',
    binary: '/usr/bin/runsvdir',
    restartsAfterASecond: false,
    start: (base, programs) =>
      run(base, programs, serviceDirectories, (dir) => ['/usr/bin/runsvdir', `${dir}/services`]),
  },
];

export const installedPeers = (): readonly Peer[] => peers.filter(({ binary }) => existsSync(binary));

async function run(
  base: string,
  programs: number,
  prepare: (dir: string, outputs: readonly string[]) => void,
  command: (dir: string) => readonly string[],
): Promise<RunningPeer> {
  const dir = mkdtempSync(join(base, 'peer-'));
  const outputs = Array.from({ length: programs }, (_, index) => join(dir, `out-${index}`));
  for (const file of outputs) writeFileSync(file, '');
  prepare(dir, outputs);
  const [file = '', ...args] = command(dir);
  const child = spawn(file, args, { stdio: 'ignore', cwd: dir });
  const pids = () => descendants(child.pid ?? 0).filter(isPayload);
  const stop = () => end(child, dir);
  try {
    await waitFor(
      `${file} runs ${programs} programs`,
      () => outputs.every((one) => readFileSync(one, 'utf8') !== ''),
      60_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, outputs, pids, stop };
}

const isPayload = (pid: number): boolean => readProc(pid, 'cmdline')?.split('\0').includes('stamp') === true;

async function end(child: ChildProcess, dir: string): Promise<void> {
  const ours = descendants(child.pid ?? 0);
  for (const pid of [child.pid ?? 0, ...ours]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }
  await waitFor('the peer is gone', () =>
    [child.pid ?? 0, ...ours].every((pid) => ['Z', undefined].includes(readProcess(pid)?.state)),
  );
  rmSync(dir, { recursive: true, force: true });
}

function descendants(pid: number): number[] {
  const parents = new Map(allPids().map((one) => [one, readProcess(one)?.ppid]));
  const below = (parent: number): number[] =>
    [...parents].filter(([, ppid]) => ppid === parent).flatMap(([one]) => [one, ...below(one)]);
  return below(pid);
}

function supervisordConfig(dir: string, outputs: readonly string[]): void {
  const programs = outputs.map(
    (file, index) =>
      `[program:p${index}]\ncommand=${payloadBinary()} stamp\nautorestart=true\nstartsecs=0\nstdout_logfile=${file}\nstderr_logfile=NONE\n`,
  );
  const text = `[supervisord]\nnodaemon=true\nminfds=4096\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${dir}/pid\nchildlogdir=${dir}\n\n${programs.join('\n')}`;
  writeFileSync(join(dir, 'conf'), text);
}

/** `./run` directories as s6 and runit want them; a shell between supervisor and payload would be measured too, so exec is all it does. */
function serviceDirectories(dir: string, outputs: readonly string[]): void {
  for (const [index, file] of outputs.entries()) {
    const service = join(dir, 'services', `p${index}`);
    mkdirSync(service, { recursive: true });
    writeFileSync(join(service, 'run'), `#!/bin/sh\nexec ${payloadBinary()} stamp >>${file}\n`);
    chmodSync(join(service, 'run'), 0o755);
  }
  if (readdirSync(join(dir, 'services')).length !== outputs.length) throw new Error('services are missing');
}
