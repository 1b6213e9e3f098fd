/** What it costs to be told what containers use. */
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Instance } from '../support/instance.ts';
import { aContainer } from '../support/manifest.ts';
import { inRepository } from '../support/repository.ts';
import { allRun, applyNow, podNames, podOf } from './bench-pods.ts';
import { cpuNanoseconds } from './idle-benchmarks.ts';
import { report, sampled, timed } from './measure.ts';

const windowMs = 10_000;
const looks = 30;

/** A hundred idle containers: one request and one scrape, and podd's CPU while nobody looks and while `podctl top -w` does, each second. */
export async function top(instance: Instance): Promise<void> {
  await applyNow(instance, ...podNames(100).map((name) => podOf(name, aContainer())));
  await allRun(instance, 100);
  await delay(2_000);
  for (const [metric, path] of [
    ['usage-request-with-100', '/apis/podctl.dev/v1/usage'],
    ['metrics-scrape-with-100', '/metrics'],
  ] as const) {
    const ask = () => timed(() => instance.api('GET', path));
    await sampled(5, ask);
    const { pid } = await instance.system();
    const before = cpuNanoseconds([pid]);
    report(metric, 'ms', await sampled(looks, ask));
    report(`${metric}-cpu`, 'ms', [(cpuNanoseconds([pid]) - before) / looks / 1e6]);
  }
  await delay(10_000);
  report('podd-cpu-with-100', '% of a core', [await poddCpu(instance)]);
  const watching = execa(inRepository('bin/podctl'), ['top', '-w', '--interval', '1s'], {
    ...{ env: instance.env, extendEnv: false, stdout: 'ignore', reject: false },
  });
  await delay(2_000);
  report('podd-cpu-with-100-and-top', '% of a core', [await poddCpu(instance)]);
  watching.kill('SIGINT');
  await watching;
  await instance.deleteAll();
}

async function poddCpu(instance: Instance): Promise<number> {
  const { pid } = await instance.system();
  const [from, before] = [performance.now(), cpuNanoseconds([pid])];
  await delay(windowMs);
  return ((cpuNanoseconds([pid]) - before) / ((performance.now() - from) * 1e6)) * 100;
}
