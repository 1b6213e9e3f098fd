/** How many pods Deployments, ReplicaSets and StatefulSets have (autoscaling/v1 Scale). */
import type { WorkloadKind } from '../model/workload.ts';
import type { Client } from './client.ts';
import { connectPodd } from './connect-podd.ts';
import type { Io } from './io.ts';
import { dataPath } from './pod-paths.ts';
import { reportError } from './report-error.ts';
import { checkNamespace } from './scope.ts';
import { UsageError } from './usage-error.ts';
import { formatWorkload, parseWorkloads, type WorkloadTarget } from './workload-target.ts';

const kinds: readonly WorkloadKind[] = ['Deployment', 'ReplicaSet', 'StatefulSet'];

interface ScaleFlags {
  readonly namespace?: string;
  readonly output?: 'json' | 'name';
}

/** Resolves to the exit code; pods come and go in their own time. */
export async function scaleWorkloads(
  args: readonly string[],
  replicas: number,
  { namespace, output }: ScaleFlags,
  io: Io,
): Promise<number> {
  if (replicas < 0) throw new UsageError('--replicas is 0 or more');
  const targets = parseWorkloads(args, kinds, 'podctl scale deployment/NAME --replicas 3');
  const place = checkNamespace(namespace);
  const client = connectPodd(io.env);
  const scales: unknown[] = [];
  let code = 0;
  for (const target of targets) {
    try {
      scales.push(await setReplicas(client, place, target, replicas));
      const word = formatWorkload(target);
      if (output !== 'json') io.out(output === 'name' ? `${word}\n` : `${word} scaled\n`);
    } catch (error) {
      code = Math.max(code, reportError(error, io, 'scale'));
    }
  }
  if (output === 'json') io.out(`${JSON.stringify({ results: scales }, undefined, 2)}\n`);
  return code;
}

function setReplicas(
  client: Client,
  namespace: string,
  { kind, name }: WorkloadTarget,
  replicas: number,
): Promise<unknown> {
  const body = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace }, spec: { replicas } };
  return client.json('PUT', `${dataPath(kind, namespace, name)}/scale`, body);
}
