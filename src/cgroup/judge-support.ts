/** What of a pod's resources this machine's cgroups cannot do: a limit that cannot be held is an error, a wish a warning. Pure. */
import type { FieldPath, ProblemSink } from '../manifest/field-problem.ts';
import { type CgroupLayout, type ExtraController, extraControllers } from '../model/cgroup.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { isWithinCpuList, parseCpuList } from '../util/cpu-list.ts';
import { controllerOfFile, directorySettings } from './plan-directory.ts';
import { type Setting, socketPriority } from './plan-setting.ts';

interface Unsupported {
  readonly why: string;
  readonly hint?: string;
  readonly isWish: boolean;
}

interface FieldWords {
  /** below `resources`, as podctl.dev/v1 writes it */
  readonly path: readonly string[];
  /** a file of the version that has one where the other has none */
  readonly file?: string;
  readonly isWish?: boolean;
}

type Field = Exclude<keyof ResourceSpec, 'cpuRequestMillis' | 'memoryRequestBytes'>;

/** Requests are not judged: every pod has them, and a kernel without low and weights does its best anyway. */
const fields: Readonly<Record<Field, FieldWords>> = {
  cpuLimitMillis: { path: ['limits', 'cpu'] },
  cpuPeriodUs: { path: ['cpu', 'period'] },
  cpuBurstUs: { path: ['cpu', 'burst'] },
  cpuWeight: { path: ['cpu', 'weight'], isWish: true },
  cpuIdle: { path: ['cpu', 'idle'], isWish: true },
  cpus: { path: ['cpu', 'cpus'] },
  mems: { path: ['cpu', 'mems'] },
  memoryLimitBytes: { path: ['limits', 'memory'] },
  memoryHighBytes: { path: ['memory', 'high'], file: 'memory.high' },
  memoryLowBytes: { path: ['memory', 'low'], isWish: true },
  memoryMinBytes: { path: ['memory', 'min'], file: 'memory.min' },
  memorySwapBytes: { path: ['memory', 'swap'] },
  memorySwappiness: { path: ['memory', 'swappiness'], file: 'memory.swappiness', isWish: true },
  memoryOomGroup: { path: ['memory', 'oomGroup'], file: 'memory.oom.group' },
  pidsLimit: { path: ['limits', 'pids'] },
  ioWeight: { path: ['io', 'weight'], isWish: true },
  ioDevices: { path: ['io', 'devices'] },
  hugepages: { path: ['limits'] },
  networkPriority: { path: ['network', 'priority'] },
  unified: { path: ['unified'] },
};

/** `pod.containers` and their programs stand in the manifest's order. Io devices need not be numbers. */
export function judgeSupport(pod: PodSpec, layout: CgroupLayout, problems: ProblemSink): void {
  judge(pod.resources ?? {}, ['spec', 'resources'], layout, problems);
  pod.containers.forEach((container, n) => {
    const at = ['spec', 'containers', n];
    judge(container.resources, [...at, 'resources'], layout, problems);
    if (container.isPlain) return;
    container.programs.forEach((program, m) => {
      judge(program.resources, [...at, 'processes', m, 'resources'], layout, problems);
    });
  });
}

function judge(resources: ResourceSpec, path: FieldPath, layout: CgroupLayout, problems: ProblemSink): void {
  const settings = [...directorySettings(withNumbers(resources), layout).values()];
  for (const [field, words] of Object.entries(fields) as [Field, FieldWords][]) {
    if (resources[field] === undefined || isNothing(field, resources)) continue;
    const at = [...path, ...words.path, ...(field === 'hugepages' ? firstSize(resources) : [])];
    for (const found of judgeField(field, words, resources, settings, layout)) tell(found, at, problems);
  }
}

function tell({ why, hint, isWish }: Unsupported, path: FieldPath, problems: ProblemSink): void {
  const options = hint === undefined ? {} : { hint };
  if (isWish) problems.warn(path, `${why}: ignored`, options);
  else problems.error(path, why, options);
}

const firstSize = ({ hugepages = {} }: ResourceSpec): readonly string[] =>
  Object.keys(hugepages)
    .slice(0, 1)
    .map((size) => `hugepages-${size}`);

/** What is asked for is what the kernel does anyway. */
const isNothing = (field: keyof ResourceSpec, resources: ResourceSpec): boolean =>
  (field === 'cpuIdle' && resources.cpuIdle === false) ||
  (field === 'memoryOomGroup' && resources.memoryOomGroup === false) ||
  (field === 'memorySwapBytes' && (resources.memorySwapBytes === 0 || resources.memorySwapBytes === 'unlimited'));

/** Which device it is does not matter here. */
const withNumbers = (resources: ResourceSpec): ResourceSpec => {
  const device = { kind: 'number', major: 0, minor: 0 } as const;
  const { ioDevices } = resources;
  return ioDevices === undefined
    ? resources
    : { ...resources, ioDevices: ioDevices.map((one) => ({ ...one, device })) };
};

function judgeField(
  field: Field,
  words: FieldWords,
  resources: ResourceSpec,
  settings: readonly Setting[],
  layout: CgroupLayout,
): readonly Unsupported[] {
  const isWish = words.isWish ?? false;
  if (field === 'cpus' || field === 'mems') {
    const foreign = judgeList(field, resources[field] ?? '', layout);
    if (foreign !== undefined) return [{ ...foreign, isWish }];
  }
  const strangers = field === 'unified' ? judgeNames(resources, layout) : [];
  if (strangers.length > 0) return strangers;
  const own = settings.filter((setting) => setting.fields.includes(field));
  if (own.length === 0) return judgeNothing(field, words, resources, layout);
  const lacking = own.flatMap((setting) => judgeSetting(setting, layout) ?? []);
  return lacking.filter(({ why }, n) => lacking.findIndex((other) => other.why === why) === n);
}

/** No file for it: the version has none, its controller is nowhere, or another field says the contrary. */
function judgeNothing(
  field: Field,
  { file, isWish = false }: FieldWords,
  resources: ResourceSpec,
  layout: CgroupLayout,
): readonly Unsupported[] {
  const version = layout.kind === 'v2' ? 'v2' : 'v1';
  if (file !== undefined) {
    const hint = version === 'v1' ? 'it takes cgroup v2: boot with systemd.unified_cgroup_hierarchy=1' : undefined;
    return [{ why: `cgroup ${version} has no ${file}`, isWish, ...(hint === undefined ? {} : { hint }) }];
  }
  if (field === 'memorySwapBytes' && resources.memoryLimitBytes === undefined) {
    return [{ why: 'cgroup v1 limits swap only together with memory', hint: 'set limits.memory too', isWish }];
  }
  const extra = { hugepages: 'hugetlb', networkPriority: 'net_prio' }[field as string] as ExtraController | undefined;
  return extra === undefined || layout.kind === 'v2' ? [] : [noHierarchy(extra, isWish)];
}

function judgeSetting(
  { controller, name, wish: isWish = false }: Setting,
  layout: CgroupLayout,
): Unsupported | undefined {
  if (name === socketPriority.name) return undefined;
  if (controller !== 'cgroup2' && layout.v1[controller] === undefined) return noHierarchy(controller, isWish);
  const [word = ''] = name.split('.', 1);
  if (controller === 'cgroup2' && word !== 'cgroup' && !layout.v2Controllers.includes(word)) {
    return { why: `the kernel has no ${word} controller on cgroup v2`, hint: 'see podctl doctor', isWish };
  }
  if (layout.files === undefined || layout.files.has(name)) return undefined;
  return { why: `the kernel has no ${name}`, hint: 'see podctl doctor', isWish };
}

function noHierarchy(controller: string, isWish: boolean): Unsupported {
  const isExtra = extraControllers.some((extra) => extra === controller);
  const hint = `mount it: mount -t cgroup -o ${controller} ${controller} /sys/fs/cgroup/${controller}`;
  return { why: `no cgroup v1 hierarchy for ${controller}`, isWish, ...(isExtra ? { hint } : {}) };
}

/** Raw files of v1 are found by their controller's name. */
function judgeNames({ unified = {} }: ResourceSpec, layout: CgroupLayout): readonly Unsupported[] {
  return Object.keys(unified)
    .filter((name) => controllerOfFile(name, layout) === undefined)
    .map((name) => ({ why: `cgroup v1 has no controller of that name: ${name}`, isWish: false }));
}

function judgeList(
  field: 'cpus' | 'mems',
  written: string,
  { cpuset }: CgroupLayout,
): Omit<Unsupported, 'isWish'> | undefined {
  const wanted = parseCpuList(written);
  const has = cpuset === undefined ? undefined : parseCpuList(cpuset[field]);
  if (wanted === undefined || has === undefined || isWithinCpuList(wanted, has)) return undefined;
  const what = field === 'cpus' ? 'CPUs' : 'memory nodes';
  return { why: `${what} ${written} are not all here: this machine has ${cpuset?.[field]}` };
}
