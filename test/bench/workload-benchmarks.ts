/** What Deployments cost: until their pods are ready, and afterwards. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AppObject } from '../../src/protocol/objects.ts';
import type { Instance } from '../support/instance.ts';
import { aContainer } from '../support/manifest.ts';
import { waitFor } from '../support/wait-for.ts';
import { applyNow } from './bench-pods.ts';
import { cpuNanoseconds } from './idle-benchmarks.ts';
import { report, wallClockMs } from './measure.ts';

const count = 100;
const windowMs = 10_000;

/** A hundred Deployments of one pod each in one apply: until all say that they are available; podd's CPU for that, and when nothing happens. */
export async function hundredDeployments(instance: Instance): Promise<void> {
  const { pid } = await instance.system();
  const cpuBefore = cpuNanoseconds([pid]);
  const from = await applyNow(instance, ...Array.from({ length: count }, (_, index) => deploymentOf(`app-${index}`)));
  await waitFor('all Deployments are available', async () => (await available(instance)) === count, 120_000, 100);
  report('100-deployments-available', 'ms', [wallClockMs() - from]);
  report('100-deployments-podd-cpu', 'ms', [(cpuNanoseconds([pid]) - cpuBefore) / 1e6]);
  await delay(2_000);
  const idleBefore = cpuNanoseconds([pid]);
  await delay(windowMs);
  report('idle-cpu-podd-with-100-deployments', '% of a core', [
    ((cpuNanoseconds([pid]) - idleBefore) / (windowMs * 1e6)) * 100,
  ]);
  const deleting = wallClockMs();
  await instance.api('DELETE', '/apis/apps/v1/namespaces/default/deployments');
  await waitFor('all pods are gone', async () => (await instance.api('GET', '/api/v1/pods')).body.items.length === 0);
  report('100-deployments-deleted', 'ms', [wallClockMs() - deleting]);
}

async function available(instance: Instance): Promise<number> {
  const { body } = await instance.api('GET', '/apis/apps/v1/namespaces/default/deployments');
  const { items } = body as { readonly items: readonly AppObject[] };
  return items.filter(({ status }) => status.availableReplicas === 1).length;
}

const deploymentOf = (name: string) => ({
  ...{ apiVersion: 'podctl.dev/v1', kind: 'Deployment', metadata: { name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [aContainer()] },
    },
  },
});
