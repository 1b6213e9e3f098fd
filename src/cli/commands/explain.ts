import { judgeSupport } from '../../cgroup/judge-support.ts';
import { lookUpDevices } from '../../cgroup/look-up-devices.ts';
import { cgroupParent } from '../../cgroup/paths.ts';
import { readDeviceRules } from '../../cgroup/read-device-rules.ts';
import { readCgroupLayout } from '../../cgroup/read-layout.ts';
import { explainCgroup, explainPlan } from '../../launch/explain.ts';
import { readHostFacts } from '../../launch/read-host-facts.ts';
import { createProblemList } from '../../manifest/field-problem.ts';
import type { CgroupLayout } from '../../model/cgroup.ts';
import { type InstancePaths, instancePaths } from '../../model/instance-paths.ts';
import { dataKinds, kindNames } from '../../model/object-kinds.ts';
import type { PodSpec } from '../../model/pod-spec.ts';
import type { ResourceSpec } from '../../model/resource-spec.ts';
import type { PodObject } from '../../protocol/objects.ts';
import { formatProblem } from '../../reconcile/judge-manifests.ts';
import { createClient } from '../client.ts';
import { defineCommand, manifestFlags } from '../command.ts';
import type { Io } from '../io.ts';
import { loadPodSpecs } from '../load-manifests.ts';
import { formatYaml } from '../output-format.ts';
import { podPath } from '../pod-paths.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

/** Stands for the uid of a pod that does not exist yet. */
const noUid = '00000000-0000-0000-0000-000000000000';

export const command = defineCommand({
  usage: [
    'explain -f FILE|DIR|- --stage spec|plan|cgroup [-o json|yaml]',
    'explain KIND[.FIELD…] [--recursive]',
    'explain',
  ],
  about: `Show what a manifest becomes, or what the fields of a kind are. Needs neither podd nor root.
  spec    what is wanted, every default filled in
  plan    how each container is started: namespaces, mounts, root, programs
  cgroup  the cgroup files and the values written to them
Paths hold the uid of the pod where it runs, else zeros. One pod gives one value, several a list.
KIND.FIELD, as deployment.spec.strategy, says what may stand there and what it does here; without anything the kinds are listed.`,
  flags: {
    ...manifestFlags,
    stage: { kind: 'text', value: 'STAGE', choices: ['spec', 'plan', 'cgroup'], help: 'which (default spec)' },
    recursive: { kind: 'switch', help: 'of a kind or field: all fields below, without words' },
    'api-version': { kind: 'text', value: 'VERSION', help: 'of a kind: as podctl.dev/v1, where it has several' },
    output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['json', 'yaml'], help: 'format (default json)' },
  },
  complete: ['pod', ...dataKinds.map((kind) => kindNames[kind].singular)],
  examples: [
    { text: 'what may stand in a Deployment', line: 'podctl explain deployment.spec.strategy' },
    { text: 'every default filled in', line: 'podctl explain -f web.yaml -o yaml' },
    { text: 'the limits as the kernel gets them', line: 'podctl explain -f web.yaml --stage cgroup' },
  ],
  run: async ({ flags, args, io }) => {
    if (flags.filename === undefined) return await explainKinds(args, flags, io);
    rejectArgs(args, 'podctl explain -f FILE --stage plan');
    const specs = await loadPodSpecs(flags.filename, flags, io);
    if (specs === undefined) return 2;
    const paths = instancePaths(io.env);
    const values = await Promise.all(specs.map((spec) => explainStage(spec, flags.stage ?? 'spec', paths, io)));
    const value = values.length === 1 ? values[0] : values;
    io.out(flags.output === 'yaml' ? await formatYaml(value) : `${JSON.stringify(value, undefined, 2)}\n`);
    return 0;
  },
});

interface KindFlags {
  readonly stage?: string;
  readonly recursive?: boolean;
  readonly 'api-version'?: string;
}

async function explainKinds([word, ...more]: readonly string[], flags: KindFlags, io: Io): Promise<number> {
  if (flags.stage !== undefined) throw new UsageError('which manifests?', 'podctl explain -f FILE');
  rejectArgs(more, 'podctl explain deployment.spec.strategy');
  const { formatExplanation, formatKinds } = await import('../explain-kinds.ts');
  const { 'api-version': apiVersion, recursive = false } = flags;
  const options = { isRecursive: recursive, ...(apiVersion === undefined ? {} : { apiVersion }) };
  io.out(word === undefined ? formatKinds() : formatExplanation(word, options));
  return 0;
}

async function explainStage(
  spec: PodSpec,
  stage: 'spec' | 'plan' | 'cgroup',
  paths: InstancePaths,
  io: Io,
): Promise<unknown> {
  if (stage === 'spec') return spec;
  const podUid = await uidOf(spec, paths);
  const parent = cgroupParent(paths.run);
  const layout = readCgroupLayout();
  tellUnsupported(spec, layout, io);
  if (stage === 'cgroup') return explainCgroup(withDevices(spec), layout, parent, podUid, readDeviceRules);
  return explainPlan(spec, { podUid, paths, parent, host: readHostFacts(layout) });
}

/** An apply here would be refused for the errors; what can be planned is shown all the same. */
function tellUnsupported(spec: PodSpec, layout: CgroupLayout, io: Io): void {
  const problems = createProblemList();
  judgeSupport(spec, layout, problems);
  for (const problem of problems.errors) io.err(`Error: pod/${spec.name}: ${formatProblem(problem)}\n`);
  for (const problem of problems.warnings) io.err(`Warning: pod/${spec.name}: ${formatProblem(problem)}\n`);
}

/** io limits are written by the numbers that this machine's disks have. */
function withDevices(spec: PodSpec): PodSpec {
  const found = <T extends { readonly resources: ResourceSpec }>(part: T): T => {
    return { ...part, resources: lookUpDevices(part.resources) };
  };
  const containers = spec.containers.map((container) =>
    found({ ...container, programs: container.programs.map(found) }),
  );
  return { ...spec, ...(spec.resources === undefined ? {} : { resources: lookUpDevices(spec.resources) }), containers };
}

/** podd is asked where it runs, and not started. */
async function uidOf({ namespace, name }: PodSpec, paths: InstancePaths): Promise<string> {
  try {
    return (await createClient(paths.socket).json<PodObject>('GET', podPath(namespace, name))).metadata.uid;
  } catch {
    return noUid;
  }
}
