import type { ResourcesResponse } from '../../protocol/api.ts';
import { formatApplyResult } from '../apply-result.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { formatYaml } from '../output-format.ts';
import { podActionPath } from '../pod-paths.ts';
import { formatTarget, parseTarget, resolveTarget, type WrittenTarget } from '../program-target.ts';
import { readPodPrograms } from '../read-programs.ts';
import { reportError } from '../report-error.ts';
import { requireVerb } from '../require-verb.ts';
import { resourceFlags, resourcesPatch } from '../resource-flags.ts';
import { checkNamespace } from '../scope.ts';
import { setConditions } from '../set-condition.ts';
import { setEnv } from '../set-env.ts';
import { setImages } from '../set-image.ts';
import { setWorkloadResources, splitOffWorkloads } from '../set-workload-resources.ts';
import { UsageError } from '../usage-error.ts';

const kinds = ['resources', 'image', 'env', 'condition'] as const;

const flagTable = {
  namespace: commonFlags.namespace,
  container: { ...commonFlags.container, help: 'container of the pods, as POD/CONTAINER; of a workload: default all' },
  ...resourceFlags,
  list: { kind: 'switch', help: 'env: print the variables' },
  from: { kind: 'text', value: 'KIND/NAME', help: 'env: a variable for each key of a configmap or secret' },
  keys: { kind: 'list', value: 'KEY,…', help: 'env: only these of --from' },
  prefix: { kind: 'text', value: 'TEXT', help: 'env: before each name of --from' },
  reason: { kind: 'text', value: 'WORD', help: 'of a condition: why, in one word' },
  message: { kind: 'text', value: 'TEXT', help: 'of a condition: why, for people' },
  'dry-run': { kind: 'switch', help: 'say what would happen, change nothing' },
  output: {
    kind: 'text',
    short: 'o',
    value: 'FORMAT',
    choices: ['json', 'yaml', 'name'],
    help: 'results as JSON or YAML, or only names',
  },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: [
    'set resources POD[/CONTAINER[/PROGRAM]]… [flags]',
    'set resources KIND/NAME… [-c CONTAINER] [flags]',
    'set image KIND/NAME… CONTAINER=IMAGE… [flags]',
    'set env KIND/NAME… NAME=VALUE… NAME-… [flags]',
    'set condition POD… TYPE=STATUS… [flags]',
  ],
  about: `resources: change limits and shares of a pod, a container or a program while it runs, in its pod's manifest as podd keeps it.
Values that no flag names stay; each change is told with what it costs. What the kernel refuses is said, and the old value holds (exit code 1).
A pod of apiVersion v1 takes Kubernetes' limits and requests only. An apply of the manifest file sets what the file says again.
image, env, and resources of a workload: change the pod template as podd keeps it; a Deployment replaces its pods then. As CONTAINER, * is all.
condition: set what a readiness gate of the pod waits for, to True, False or Unknown; conditions that podd sets itself stay as they are.`,
  flags: flagTable,
  complete: 'programs',
  subcommands: kinds,
  resourcesBehind: ['image', 'env'],
  examples: [
    { text: 'a container', line: 'podctl set resources web/app --cpu 500m --memory 64Mi' },
    { text: 'one program of it, pinned', line: 'podctl set resources web/app/worker --cpus 0-1 --cpu-weight 50' },
    { text: 'the pod as a whole', line: 'podctl set resources web --pids 500' },
    { text: 'any other value', line: 'podctl set resources web/app --set memory.oomGroup=true --remove memory.high' },
    {
      text: 'limits of a disk',
      line: "podctl set resources web/app --set 'io.devices=[{device: /dev/vda, writeBps: 1Mi}]'",
    },
    { text: 'a new version', line: 'podctl set image deployment/web app=registry/web:2' },
    { text: 'variables, and one less', line: 'podctl set env deployment/web LOG=debug OLD-' },
    { text: 'a readiness gate', line: 'podctl set condition web example.com/warm=True' },
    { text: 'as kubectl', line: 'podctl set resources pod/web -c app --limits=cpu=500m,memory=64Mi' },
  ],
  run: async ({ flags, args: [word, ...words], io }) => {
    const form = 'podctl set resources POD/CONTAINER --cpu 500m';
    const kind = requireVerb(word, kinds, { missing: 'set what?', form });
    if (kind === 'condition') return await setCondition(words, flags, io);
    if (kind === 'image') return await setImages(words, flags, io);
    return kind === 'env' ? await setEnv(words, flags, io) : await setResources(words, flags, io);
  },
});

function setCondition(words: readonly string[], { reason, message, ...flags }: Flags, io: Io): Promise<number> {
  const about = { ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
  return setConditions(connectPodd(io.env), checkNamespace(flags.namespace), words, { about, io });
}

async function setResources(words: readonly string[], flags: Flags, io: Io): Promise<number> {
  if (words.length === 0) throw new UsageError('resources of what?', 'podctl set resources POD/CONTAINER --cpu 500m');
  const { workloads, pods } = splitOffWorkloads(words);
  const resources = await resourcesPatch(flags, parseFlow);
  const code = workloads.length === 0 ? 0 : await setWorkloadResources(workloads, resources, flags, io);
  return pods.length === 0 ? code : Math.max(code, await setPodResources(pods, resources, flags, io));
}

type Patch = Awaited<ReturnType<typeof resourcesPatch>>;

async function setPodResources(words: readonly string[], resources: Patch, flags: Flags, io: Io): Promise<number> {
  const targets = words.map((word) => targetOf(word, flags.container));
  const namespace = checkNamespace(flags.namespace);
  const client = connectPodd(io.env);
  const results: ResourcesResponse[] = [];
  let code = 0;
  for (const target of targets) {
    try {
      const found = await findTarget(client, namespace, target);
      const body = { ...found.body, resources, ...(flags['dry-run'] ? { dryRun: true } : {}) };
      const path = podActionPath(namespace, target.pod, 'resources');
      const result = await client.json<ResourcesResponse>('POST', path, body);
      results.push(result);
      code = Math.max(code, print(found.name, result, flags, io));
    } catch (error) {
      code = Math.max(code, reportError(error, io, 'set'));
    }
  }
  if (flags.output === 'json') io.out(`${JSON.stringify({ results }, undefined, 2)}\n`);
  if (flags.output === 'yaml') io.out(await formatYaml({ results }));
  return code;
}

async function parseFlow(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`flag --set: ${text}: ${String(error instanceof Error ? error.message : error)}`);
  }
}

/** `-c app` is kubectl's way of naming the container. */
function targetOf(word: string, container: string | undefined): WrittenTarget {
  const target = parseTarget(word);
  if (container === undefined) return target;
  if (target.parts.length > 0) throw new UsageError(`"${word}" names a container, and so does --container`);
  return { ...target, parts: [container] };
}

interface FoundTarget {
  /** `pod/web/app` */
  readonly name: string;
  readonly body: { readonly container?: string; readonly program?: string };
}

async function findTarget(client: Client, namespace: string, target: WrittenTarget): Promise<FoundTarget> {
  const found = resolveTarget(target, await readPodPrograms(client, namespace, target.pod));
  const { container, program } = found;
  if (program?.instance !== undefined)
    throw new UsageError(`${formatTarget(found)} is one instance`, 'its program has the resources of each');
  const body = {
    ...(container === undefined ? {} : { container }),
    ...(program === undefined ? {} : { program: program.program }),
  };
  return { name: formatTarget(found), body };
}

/** The exit code. */
function print(name: string, result: ResourcesResponse, flags: Flags, io: Io): number {
  for (const warning of result.warnings) io.err(`Warning: pod/${result.name}: ${warning}\n`);
  const mode = flags['dry-run'] ? 'dry-run' : 'apply';
  if (flags.output === 'name') io.out(`${name}\n`);
  if (flags.output === undefined)
    io.out(`${formatApplyResult(result, { mode, colour: io.colour, columns: io.columns })}\n`);
  for (const refusal of result.refused ?? [])
    io.err(`error: ${name}: the kernel refused it, the old value holds and podd tries again: ${refusal}\n`);
  return result.refused === undefined ? 0 : 1;
}
