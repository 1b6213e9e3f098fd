/** Removal of cgroups that a failed test left. */
import { readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Kills what is in the cgroup and below and removes the directories; what the kernel still refuses is left for the leak check to name. */
export function removeCgroup(dir: string): void {
  for (const below of subdirectories(dir)) removeCgroup(below);
  killAll(dir);
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      rmdirSync(dir);
      return;
    } catch {
      killAll(dir);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function subdirectories(dir: string): string[] {
  try {
    return readdirSync(dir)
      .map((entry) => join(dir, entry))
      .filter((path) => statSync(path).isDirectory());
  } catch {
    return [];
  }
}

function killAll(dir: string): void {
  try {
    for (const state of [['freezer.state', 'THAWED'] as const]) tryWrite(join(dir, state[0]), state[1]);
    const pids = readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  } catch {
    // gone already: what was wanted
  }
}

function tryWrite(file: string, value: string): void {
  try {
    writeFileSync(file, value);
  } catch {
    // not a v1 freezer
  }
}
