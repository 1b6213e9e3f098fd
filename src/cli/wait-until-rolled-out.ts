/** Waits until the workloads that were applied have rolled out, as `apply --wait` does. */
import type { WorkloadKind } from '../model/workload.ts';
import type { ApplyResult } from '../protocol/api.ts';
import { formatError } from '../util/pod-error.ts';
import { awaitRollout, type RolloutEnd } from './await-rollout.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';
import { formatWorkload, type WorkloadTarget } from './workload-target.ts';

const waitedFor: ReadonlySet<string> = new Set<WorkloadKind>(['Deployment', 'StatefulSet', 'DaemonSet']);

type Applied = Pick<ApplyResult, 'namespace'> & WorkloadTarget;

const isWaitedFor = (result: ApplyResult): result is ApplyResult & Applied => waitedFor.has(result.kind);

/** Those of other kinds are not waited for. 1, with the reasons printed, when one fails or takes too long; progress goes to standard error. */
export async function waitUntilRolledOut(
  client: Client,
  results: readonly ApplyResult[],
  { timeoutMs, io }: { readonly timeoutMs: number; readonly io: Io },
): Promise<number> {
  const codes = await Promise.all(
    results.filter(isWaitedFor).map(async (applied) => {
      const name = formatWorkload(applied);
      const { isDone, message } = await rollOut(client, applied, timeoutMs, (line) => io.err(`${name}: ${line}\n`));
      if (isDone) return 0;
      const where = applied.namespace === 'default' ? '' : ` -n ${applied.namespace}`;
      io.err(`error: ${name}: ${message}\nhint: podctl describe ${name.replace('/', ' ')}${where}\n`);
      return 1;
    }),
  );
  return Math.max(0, ...codes);
}

async function rollOut(
  client: Client,
  { kind, namespace, name }: Applied,
  timeoutMs: number,
  tell: (line: string) => void,
): Promise<RolloutEnd> {
  try {
    return await awaitRollout(client, { kind, namespace, name }, { timeoutMs }, tell);
  } catch (error) {
    return { isDone: false, message: formatError(error) };
  }
}
