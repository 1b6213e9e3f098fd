/** `set resources` of workloads: limits and requests in the pod template, which new pods have. */
import { mergeResources } from '../manifest/merge-resources.ts';
import { type EditOptions, type EditTarget, editObjects, parseEditTargets } from './edit-objects.ts';
import type { Io } from './io.ts';
import { type Fields, fieldsOf } from './loose-values.ts';
import { changePodSpec } from './pod-template.ts';
import { changeNamed } from './set-env.ts';
import { workloadKindOf } from './workload-target.ts';

/** The words that name workloads, `deployment/web` or `deployment web`; the others name pods. */
export function splitOffWorkloads(words: readonly string[]): {
  readonly workloads: readonly EditTarget[];
  readonly pods: readonly string[];
} {
  const [first = ''] = words;
  const isKind = workloadKindOf(first) !== undefined;
  const isWorkload = (word: string): boolean => isKind || workloadKindOf(word.replace(/\/.*$/s, '')) !== undefined;
  const named = words.filter(isWorkload);
  const workloads = named.length === 0 ? [] : parseEditTargets(named, 'podctl set resources deployment/web --cpu 500m');
  return { workloads, pods: words.filter((word) => !isWorkload(word)) };
}

/** In all containers, or that of `--container`. Resolves to the exit code. */
export function setWorkloadResources(
  targets: readonly EditTarget[],
  patch: Fields,
  flags: EditOptions & { readonly container?: string },
  io: Io,
): Promise<number> {
  const withResources = ({ resources, ...container }: Fields): Fields => {
    const merged = mergeResources(fieldsOf(resources), patch);
    return merged === undefined ? container : { ...container, resources: merged };
  };
  return editObjects(
    targets,
    (object, { kind }) => ({
      object: changePodSpec(object, kind, (spec) => changeNamed(spec, flags, withResources)),
      done: 'resource requirements updated',
    }),
    flags,
    io,
  );
}
