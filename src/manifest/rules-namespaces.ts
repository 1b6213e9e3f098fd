/** Rules for `namespaces` of containers, podctl.dev/v1. */
import { type NamespaceKind, namespaceKinds } from '../model/pod-spec.ts';
import { closestWord } from '../util/closest-word.ts';
import { parseDuration } from '../util/duration.ts';
import { type FieldPath, invalid, type ProblemSink, unsupported } from './field-problem.ts';
import { isSidecar, listedContainers } from './listed-containers.ts';
import type { LooseSpec } from './schema.ts';

type Listed = ReturnType<typeof listedContainers>[number];
type Containers = readonly Listed[];

const plainModes = ['private', 'pod', 'host'];
const modeWords = [...plainModes, 'container:<name>'];

export function checkNamespaces(spec: LooseSpec, problems: ProblemSink): void {
  const containers = listedContainers(spec);
  for (const listed of containers) {
    const path = [...listed.path, 'namespaces'];
    for (const kind of namespaceKinds) checkNamespace(listed, kind, containers, [...path, kind], problems);
  }
  for (const kind of namespaceKinds) checkCycles(containers, kind, problems);
}

function checkNamespace(
  listed: Listed,
  kind: NamespaceKind,
  containers: Containers,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const mode = listed.container.namespaces?.[kind];
  if (mode === undefined) return;
  if (typeof mode === 'object') {
    checkOffsets(mode, path, problems);
    return;
  }
  const target = targetOf(mode);
  if (target === undefined) {
    if (!plainModes.includes(mode))
      problems.error(path, unsupported(mode, modeWords), { hint: modeHint(mode, containers) });
    return;
  }
  if (target === listed.container.name)
    return problems.error(path, invalid(mode, 'a container cannot join itself'), { hint: 'use private' });
  const owner = containers.find(({ container }) => container.name === target);
  if (owner === undefined) {
    const near = closestWord(
      target,
      containers.flatMap(({ container }) => container.name ?? []),
    );
    const hint = near === undefined ? undefined : `did you mean "container:${near}"?`;
    problems.error(path, invalid(mode, `the pod has no container "${target}"`), { hint });
  } else checkOrder(listed, owner, containers, { mode, path }, problems);
}

/** Whose namespace is joined has to run by then: of init containers only a sidecar does, and only for those after it. */
function checkOrder(
  listed: Listed,
  owner: Listed,
  containers: Containers,
  { mode, path }: { readonly mode: string; readonly path: FieldPath },
  problems: ProblemSink,
): void {
  const name = owner.container.name;
  if (owner.list === 'initContainers' && !isSidecar(owner))
    return problems.error(path, invalid(mode, `init container "${name}" has ended before others could join it`), {
      hint: 'with restartPolicy Always it runs on',
    });
  if (listed.list === 'initContainers' && containers.indexOf(owner) > containers.indexOf(listed))
    problems.error(path, invalid(mode, `container "${name}" starts only after this one`));
}

function targetOf(mode: unknown): string | undefined {
  return typeof mode === 'string' && mode.startsWith('container:') ? mode.slice('container:'.length) : undefined;
}

function modeHint(mode: string, containers: Containers): string | undefined {
  if (containers.some(({ container }) => container.name === mode)) return `did you mean "container:${mode}"?`;
  const near = closestWord(mode, plainModes);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

function checkOffsets(
  offsets: { readonly boottime?: string | undefined; readonly monotonic?: string | undefined },
  path: FieldPath,
  problems: ProblemSink,
): void {
  for (const clock of ['boottime', 'monotonic'] as const) {
    const offset = offsets[clock];
    if (offset === undefined) continue;
    const offsetMs = parseDuration(offset);
    if (offsetMs === undefined) {
      problems.error([...path, clock], invalid(offset, 'must be a duration'), {
        hint: 'examples: 100ms, 10s, 5m, 1h; boottime also -1h',
      });
    } else if (clock === 'monotonic' && offsetMs < 0) {
      // podinit lives in the namespace too, and Node dies of a clock that stands before its own start
      problems.error([...path, clock], invalid(offset, 'must not be negative'), {
        hint: 'only boottime (uptime) can be set back',
      });
    }
  }
}

/** `container:` chains that come back to where they began have no owner of the namespace. Each cycle is told once, at its first container. */
function checkCycles(containers: Containers, kind: NamespaceKind, problems: ProblemSink): void {
  const told = new Set<number>();
  containers.forEach((_, start) => {
    const chain = followChain(containers, kind, start);
    if (chain.length < 2 || chain.some((index) => told.has(index))) return;
    for (const index of chain) told.add(index);
    const names = [...chain, start].map((index) => containers[index]?.container.name).join(' → ');
    const mode = containers[start]?.container.namespaces?.[kind];
    problems.error(
      [...(containers[start]?.path ?? []), 'namespaces', kind],
      invalid(mode, `containers join each other in a circle: ${names}`),
      {
        hint: 'one of them must be private, pod or host',
      },
    );
  });
}

/** The indexes of a cycle that begins at `start`; empty when the chain ends or joins a cycle further on. */
function followChain(containers: Containers, kind: NamespaceKind, start: number): number[] {
  const chain = [start];
  let at = start;
  while (chain.length <= containers.length) {
    const target = targetOf(containers[at]?.container.namespaces?.[kind]);
    at = target === undefined ? -1 : containers.findIndex(({ container }) => container.name === target);
    if (at === -1) return [];
    if (at === start) return chain;
    chain.push(at);
  }
  return [];
}
