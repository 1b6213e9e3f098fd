/** GET …/usage: what the kernel counts of pods, containers and programs now. */
import { cpus, totalmem } from 'node:os';
import type { PodObject } from '../protocol/objects.ts';
import type { UsageList } from '../protocol/usage.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { ApiCall } from './api-context.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { textOf } from './query.ts';
import { requirePod } from './require-program.ts';
import { sendJson } from './respond.ts';
import { byNamespaceAndName, podSelection } from './select-objects.ts';

/** Of all pods, of a namespace, or (`pod=`) of one pod; 404 when that pod does not exist. Nothing is read while nobody asks. */
export function listUsage(call: ApiCall): void {
  const { reconciler } = call.context;
  const selects = podSelection(call);
  const name = textOf(call.query, 'pod');
  if (name !== undefined && call.params.namespace !== undefined) requirePod(call, name);
  const pods = reconciler.list().filter((pod) => selects(pod) && (name === undefined || pod.metadata.name === name));
  sendJson(call.response, 200, readUsageList(reconciler, pods));
}

/** One look at the counters of these pods. */
export function readUsageList({ accounting }: Reconciler, pods: readonly PodObject[]): UsageList {
  return {
    timestamp: new Date().toISOString(),
    monotonicMs: monotonicMs(),
    ...machine,
    items: [...pods]
      .sort(byNamespaceAndName)
      .flatMap(({ metadata }) => accounting.usage(metadata.namespace, metadata.name) ?? []),
  };
}

const machine = { cpus: cpus().length, memoryBytes: totalmem() };
