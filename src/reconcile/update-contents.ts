/** A running container takes over what its volumes show now (content-drift.ts). */
import { noLateValues } from '../model/late-value.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { formatProgramRef, type ProgramRef } from '../model/program-name.ts';
import { PodError } from '../util/pod-error.ts';
import { contentChanges, contentDrift, isOther, planTelling } from './content-drift.ts';
import type { Engine } from './engine.ts';
import type { Instance } from './instance.ts';
import { lateValuesAt } from './late-values.ts';
import type { Pod } from './pod.ts';
import { refreshVolumes } from './prepare-volumes.ts';

/** Before programs are told or started anew: they find the new contents. */
export async function writeContents(
  engine: Engine,
  pod: Pod,
  { record }: Instance,
  wanted: ContainerSpec,
): Promise<void> {
  const started = record.spec.containers.find(({ name }) => name === wanted.name);
  if (started === undefined || contentDrift(started, wanted) === 'none') return;
  const { late: known = noLateValues } = record.basis ?? {};
  await refreshVolumes(engine, pod, wanted, lateValuesAt(engine, pod, wanted, { known }));
}

/** What of a container changes, and the labels of instances that were started anew for it already. */
export interface Telling {
  readonly started: ContainerSpec;
  readonly wanted: ContainerSpec;
  readonly cascade: boolean;
  readonly affected: readonly string[];
}

/** What was done, for an event; undefined when nothing changed. Rejects when PID 1 does not answer or refuses. */
export async function tellPrograms(
  instance: Instance,
  { started, wanted, cascade, affected }: Telling,
): Promise<string | undefined> {
  const changes = contentChanges(started, wanted).filter(isOther);
  if (changes.length === 0) return undefined;
  const paths = changes.map(({ after }) => after.mountPath);
  const what = `What container ${wanted.name} sees in ${paths.join(', ')} changed`;
  if (contentDrift(started, wanted) !== 'reload') return what;
  const { reload, restart } = planTelling(wanted, instance.view().programs ?? [], affected);
  await ask(instance, 'reload', reload, cascade);
  await ask(instance, 'restart', restart, cascade);
  return [what, ...describe('reloaded', reload), ...describe('restarted', restart)].join('; ');
}

async function ask(
  instance: Instance,
  verb: 'reload' | 'restart',
  targets: readonly ProgramRef[],
  cascade: boolean,
): Promise<void> {
  if (targets.length === 0) return;
  const reply = await instance.control({ verb, targets, ...(verb === 'restart' ? { cascade } : {}) });
  if (!reply.ok) throw new PodError(reply.code, `${verb} programs: ${reply.message}`);
}

const describe = (verb: string, targets: readonly ProgramRef[]): readonly string[] =>
  targets.length === 0 ? [] : [`${verb}: ${targets.map(formatProgramRef).join(', ')}`];
