/** What the seccomp notification costs: a loop of sysinfo(2), and every other call of a program under the filter. */
import type { ProcView } from '../../src/model/pod-spec.ts';
import type { Instance } from '../support/instance.ts';
import { aContainer } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { applyNow, deleteMs, podOf } from './bench-pods.ts';
import { report } from './measure.ts';

const rounds = 7;
const calls = '20000';

/** The same program in two containers, in turn. */
export async function systemCalls(instance: Instance): Promise<void> {
  const views: readonly ProcView[] = ['full', 'files'];
  const samples = new Map(views.map((view) => [view, { sysinfo: [] as number[], getppid: [] as number[] }]));
  for (const view of views) {
    const rootfs = { path: instance.payloadRoot() };
    const resources = { limits: { memory: '64Mi' } };
    const container = aContainer({ rootfs, procView: view, resources, command: ['/payload', 'sleep'] });
    await applyNow(instance, podOf(`calls-${view}`, container));
    await instance.waitForPod(`calls-${view}`, 'runs', isRunning);
  }
  for (let round = 0; round < rounds; round++)
    for (const [view, { sysinfo, getppid }] of samples) {
      const { output } = await instance.exec(`calls-${view}`, ['/payload', 'sysinfo', calls]);
      const [, us, ns] = /sysinfo-us (\S+) getppid-ns (\S+)/.exec(output) ?? [];
      sysinfo.push(Number(us));
      getppid.push(Number(ns));
    }
  for (const [view, { sysinfo, getppid }] of samples) {
    report(`sysinfo-procview-${view}`, 'us', sysinfo);
    report(`getppid-procview-${view}`, 'ns', getppid);
    await deleteMs(instance, `calls-${view}`);
  }
}
