/** A program stands inside of its container, and that in its pod: limits of one above those around it are never reached. */
import type { ResourceSpec } from '../model/resource-spec.ts';
import { isWithinCpuList, parseCpuList } from '../util/cpu-list.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink } from './field-problem.ts';
import { isSidecar, listedContainers } from './listed-containers.ts';
import { normaliseProgramResources, normaliseResources } from './normalise-resources.ts';
import { type LooseResources, spellings, type WrittenValue, writtenValue } from './resource-spellings.ts';
import { formatBytes, hugepageSize } from './resource-values.ts';
import type { LooseContainer, LooseSpec } from './schema.ts';

/** What stands in what, as written and as it is meant. */
interface Level {
  readonly name: 'pod' | 'container' | 'program';
  readonly written: LooseResources | undefined;
  readonly spec: ResourceSpec;
  readonly path: FieldPath;
  /** how many there are of it */
  readonly count: number;
}

/** Warnings; errors in a pod of Kubernetes', which refuses containers above their pod (validatePodResourceConsistency). */
export function checkNesting(spec: LooseSpec, isOurs: boolean, problems: ProblemSink): void {
  const pod = levelOf('pod', spec.resources, ['spec', 'resources']);
  if (spec.resources !== undefined && 'claims' in spec.resources)
    problems.error([...pod.path, 'claims'], forbidden('claims cannot be set for Resources at pod-level'), {
      at: 'key',
    });
  const containers = listedContainers(spec).map((listed) => ({
    ...listed,
    level: levelOf('container', listed.container.resources, [...listed.path, 'resources']),
  }));
  for (const { level } of containers) {
    if (isOurs) warnAbove(level, [pod], problems);
    else refuseAbove(level, pod, problems);
  }
  // Init containers that end are never there together with others.
  const together = containers.filter((listed) => listed.list === 'containers' || isSidecar(listed));
  checkSums(
    pod,
    together.map(({ level }) => level),
    isOurs,
    problems,
  );
  if (!isOurs) return;
  for (const { container, level } of containers) checkPrograms(container, level, pod, problems);
}

function checkPrograms(container: LooseContainer, own: Level, pod: Level, problems: ProblemSink): void {
  const at = [...own.path.slice(0, -1), 'processes'];
  const programs = (container.processes ?? []).flatMap((process, index) => {
    if (process?.resources === undefined) return [];
    return [levelOf('program', process.resources, [...at, index, 'resources'], process.instances)];
  });
  for (const program of programs) warnAbove(program, [own, pod], problems);
  warnMinimum(own, programs, 'programs', problems);
}

function levelOf(name: Level['name'], written: LooseResources | undefined, path: FieldPath, count = 1): Level {
  const spec = name === 'container' ? normaliseResources(written) : normaliseProgramResources(written);
  return { name, written, spec, path, count };
}

/** What is compared: the value of a level, where it stands, and its text when it is a default. */
const limits = {
  cpu: (spec: ResourceSpec) => spec.cpuLimitMillis,
  memory: (spec: ResourceSpec) => spec.memoryLimitBytes,
  pids: (spec: ResourceSpec) => spec.pidsLimit,
} as const;
const limitNames = ['cpu', 'memory', 'pids'] as const;

/** The nearest level around that limits it counts. */
function warnAbove(child: Level, around: readonly Level[], problems: ProblemSink): void {
  for (const name of limitNames) {
    const above = aboveOf(child, around, name);
    if (above !== undefined) problems.warn([...child.path, ...above.own.path], tooMuch(above));
  }
  for (const size of Object.keys(child.spec.hugepages ?? {})) {
    const above = hugepagesAbove(child, around, size);
    if (above !== undefined) problems.warn([...child.path, ...above.own.path], tooMuch(above));
  }
  for (const name of ['cpus', 'mems'] as const) warnOutside(child, around, name, problems);
}

interface Above {
  readonly own: WrittenValue;
  readonly limit: string;
  readonly parent: Level['name'];
}

const tooMuch = ({ own, limit, parent }: Above): string =>
  `${own.text} is more than the ${parent}’s limit of ${limit}, which holds for it too`;

/** A default is not warned of: nobody wrote it. */
function aboveOf(child: Level, around: readonly Level[], name: (typeof limitNames)[number]): Above | undefined {
  const value = limits[name](child.spec);
  const parent = value === undefined ? undefined : around.find(({ spec }) => limits[name](spec) !== undefined);
  const limit = parent === undefined ? undefined : limits[name](parent.spec);
  if (parent === undefined || value === undefined || value <= (limit ?? 0)) return undefined;
  const own = writtenValue(child.written, spellings[name]);
  if (own === undefined) return undefined;
  return { own, limit: writtenValue(parent.written, spellings[name])?.text ?? String(limit), parent: parent.name };
}

function hugepagesAbove(child: Level, around: readonly Level[], size: string): Above | undefined {
  const bytes = ({ spec }: Level) => spec.hugepages?.[size];
  const parent = around.find((level) => bytes(level) !== undefined);
  const own = hugepagesOf(child, size);
  const limit = parent === undefined ? undefined : hugepagesOf(parent, size)?.text;
  if (parent === undefined || own === undefined || limit === undefined) return undefined;
  return (bytes(child) ?? 0) > (bytes(parent) ?? 0) ? { own, limit, parent: parent.name } : undefined;
}

function hugepagesOf({ written }: Level, size: string): WrittenValue | undefined {
  const name = Object.keys(written?.limits ?? {}).find((candidate) => hugepageSize(candidate) === size);
  return name === undefined ? undefined : writtenValue(written, [['limits', name]]);
}

function warnOutside(child: Level, around: readonly Level[], name: 'cpus' | 'mems', problems: ProblemSink): void {
  if (child.spec[name] === undefined) return;
  const inner = parseCpuList(child.spec[name]);
  const own = writtenValue(child.written, spellings[name]);
  const parent = around.find(({ spec }) => spec[name] !== undefined);
  const outer = parseCpuList(parent?.spec[name] ?? '');
  if (inner === undefined || own === undefined || parent === undefined || outer === undefined) return;
  if (isWithinCpuList(inner, outer)) return;
  const what = name === 'cpus' ? 'CPUs' : 'memory nodes';
  const limit = writtenValue(parent.written, spellings[name])?.text;
  problems.warn([...child.path, ...own.path], `${own.text} is not within the ${parent.name}’s ${what} ${limit}`);
}

function refuseAbove(child: Level, pod: Level, problems: ProblemSink): void {
  for (const name of limitNames) {
    const above = aboveOf(child, [pod], name);
    if (above === undefined) continue;
    const detail = `must be less than or equal to pod limits of ${above.limit}`;
    problems.error([...child.path, ...above.own.path], invalid(above.own.text, detail));
  }
}

function checkSums(pod: Level, containers: readonly Level[], isOurs: boolean, problems: ProblemSink): void {
  for (const [name, format] of [
    ['cpu', formatMillis],
    ['memory', formatBytes],
  ] as const) {
    const own = writtenValue(pod.written, [['requests', name]]);
    if (own === undefined) continue;
    const requested = (spec: ResourceSpec) => (name === 'cpu' ? spec.cpuRequestMillis : spec.memoryRequestBytes) ?? 0;
    const sum = containers.reduce((total, { spec }) => total + requested(spec), 0);
    if (sum <= requested(pod.spec)) continue;
    const at = [...pod.path, ...own.path];
    if (isOurs) problems.warn(at, `${own.text} is less than the ${format(sum)} that its containers request together`);
    else
      problems.error(
        at,
        invalid(own.text, `must be greater than or equal to aggregate container requests of ${format(sum)}`),
      );
  }
  warnMinimum(pod, containers, 'containers', problems);
}

const formatMillis = (millis: number): string => (millis % 1_000 === 0 ? String(millis / 1_000) : `${millis}m`);

/** What is never reclaimed of the parts has room in the whole: under its own memory.min, else under its limit. */
function warnMinimum(whole: Level, parts: readonly Level[], what: string, problems: ProblemSink): void {
  const sum = parts.reduce((total, { spec, count }) => total + (spec.memoryMinBytes ?? 0) * count, 0);
  const own = writtenValue(whole.written, spellings.min) ?? writtenValue(whole.written, spellings.memory);
  const room = whole.spec.memoryMinBytes ?? whole.spec.memoryLimitBytes;
  if (own === undefined || room === undefined || sum <= room) return;
  problems.warn(
    [...whole.path, ...own.path],
    `${own.text} is less than the ${formatBytes(sum)} of memory.min that its ${what} have together`,
  );
}
