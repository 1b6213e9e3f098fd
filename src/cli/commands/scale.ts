import type { ApplyResult } from '../../protocol/api.ts';
import { formatApplyResult } from '../apply-result.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { podActionPath } from '../pod-paths.ts';
import { formatTarget, parseTarget, resolveTarget, type WrittenTarget } from '../program-target.ts';
import { readPodPrograms } from '../read-programs.ts';
import { reportError } from '../report-error.ts';
import { scaleWorkloads } from '../scale-workloads.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, output: commonFlags.results },
  replicas: { kind: 'number', help: 'how many pods a Deployment, ReplicaSet or StatefulSet is to have' },
} as const;

export const command = defineCommand({
  usage: ['scale POD/CONTAINER/PROGRAM=N… [flags]', 'scale POD/PROGRAM=N…', 'scale KIND/NAME… --replicas N'],
  about: `Set how many instances of a program run, 0 to 1000, in its pod's manifest as podd keeps it; says what that starts and stops.
Instances that remain are not touched. With --replicas, how many pods a workload has. An apply of the manifest file sets what the file says again.`,
  flags: flagTable,
  complete: 'instances',
  examples: [
    { text: 'three workers', line: 'podctl scale web/app/worker=3' },
    { text: 'three pods of a Deployment', line: 'podctl scale deployment/web --replicas 3' },
    { text: 'none', line: 'podctl scale web/worker=0' },
  ],
  run: async ({ flags, args, io }) => {
    if (args.length === 0) throw new UsageError('scale what?', 'podctl scale POD/CONTAINER/PROGRAM=3');
    if (flags.replicas !== undefined) return await scaleWorkloads(args, flags.replicas, flags, io);
    const wishes = args.map(parseWish);
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    const results: ApplyResult[] = [];
    let code = 0;
    for (const wish of wishes) {
      try {
        const { name, result } = await scale(client, namespace, wish);
        results.push(result);
        if (flags.output !== 'json') print(name, result, { isNameOnly: flags.output === 'name', io });
      } catch (error) {
        code = Math.max(code, reportError(error, io, 'scale'));
      }
    }
    if (flags.output === 'json') io.out(`${JSON.stringify({ results }, undefined, 2)}\n`);
    return code;
  },
});

interface Wish {
  readonly target: WrittenTarget;
  readonly instances: number;
}

function parseWish(word: string): Wish {
  const [, name, count] = /^([^=]+)=(\d{1,9})$/.exec(word) ?? [];
  if (name === undefined) throw new UsageError(`"${word}" is not POD/CONTAINER/PROGRAM=N`, 'as web/app/worker=3');
  const target = parseTarget(name);
  if (target.parts.length === 0) throw new UsageError(`"${word}": which program of it?`, 'as web/app/worker=3');
  return { target, instances: Number(count) };
}

async function scale(
  client: Client,
  namespace: string,
  { target, instances }: Wish,
): Promise<{ readonly name: string; readonly result: ApplyResult }> {
  const found = resolveTarget(target, await readPodPrograms(client, namespace, target.pod));
  const { pod, container, program } = found;
  const name = formatTarget(found);
  if (program === undefined)
    throw new UsageError(`${name} is a container`, `name one of its programs, as ${name}/NAME=3`);
  if (program.instance !== undefined) throw new UsageError(`${name} is one instance`, 'scale takes the program');
  const body = { container, program: program.program, instances };
  return { name, result: await client.json<ApplyResult>('POST', podActionPath(namespace, pod, 'scale'), body) };
}

interface Printing {
  readonly isNameOnly: boolean;
  readonly io: Io;
}

function print(name: string, result: ApplyResult, { isNameOnly, io }: Printing): void {
  for (const warning of result.warnings) io.err(`Warning: pod/${result.name}: ${warning}\n`);
  io.out(isNameOnly ? `${name}\n` : `${formatApplyResult(result, { colour: io.colour, columns: io.columns })}\n`);
}
