/** What containers cost while they do nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../support/instance.ts';
import { aContainer } from '../support/manifest.ts';
import { pidsInCgroup, readProc } from '../support/processes.ts';
import { allRun, applyNow, podNames, podOf } from './bench-pods.ts';
import { privateMegabytes, report } from './measure.ts';

const windowMs = 10_000;

/**
 * A hundred idle containers: the CPU that they, podd and the zygote use, and afterwards their private memory.
 * The window reaches past V8's first thoughts about an idle heap, which come eight seconds after a start.
 */
export async function idle(instance: Instance): Promise<void> {
  await applyNow(instance, ...podNames(100).map((name) => podOf(name, aContainer())));
  await allRun(instance, 100);
  await delay(2_000);
  const { pid: podd, zygotePid: zygote } = await instance.system();
  const inits = pidsInCgroup(`/${instance.mark().cgroupName}/`).filter((pid) =>
    /\/init$/m.test(readProc(pid, 'cgroup') ?? ''),
  );
  const groups = { podd: [podd], zygote: [zygote], inits };
  const before = Object.values(groups).map(cpuNanoseconds);
  const from = performance.now();
  await delay(windowMs);
  const elapsedNs = (performance.now() - from) * 1e6;
  for (const [index, [name, pids]] of Object.entries(groups).entries()) {
    report(`idle-cpu-${name}-with-100`, '% of a core', [
      ((cpuNanoseconds(pids) - (before[index] ?? 0)) / elapsedNs) * 100,
    ]);
  }
  report('idle-container-private-memory', 'MB', inits.map(privateMegabytes));
  report('podd-private-memory-with-100', 'MB', [privateMegabytes(podd)]);
  report('zygote-private-memory-with-100', 'MB', [privateMegabytes(zygote)]);
  await instance.deleteAll();
}

/** Time on a CPU of all threads of these processes (first number of schedstat). */
export function cpuNanoseconds(pids: readonly number[]): number {
  const ofThread = (pid: number, thread: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return pids
    .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => ofThread(pid, thread)))
    .reduce((a, b) => a + b, 0);
}
