import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processRuns } from '../../linux/procfs.ts';
import { instancePaths } from '../../model/instance-paths.ts';
import type { NetworkStatus, SystemStatus } from '../../protocol/api.ts';
import { PodError } from '../../util/pod-error.ts';
import { formatSince } from '../age.ts';
import { type Client, createClient } from '../client.ts';
import { defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { formatDidYouMean } from '../did-you-mean.ts';
import type { Io } from '../io.ts';
import { rejectArgs } from '../scope.ts';
import { alignColumns, describeColumns } from '../tab-columns.ts';
import { UsageError } from '../usage-error.ts';

const verbs = ['status', 'stop', 'install'] as const;
const systemPath = '/apis/podctl.dev/v1/system';

export const command = defineCommand({
  usage: ['system status [-o json]', 'system stop [--pods]', 'system install [--print]'],
  about: `podd itself.
  status   what it is doing (exit code 1 when it does not run)
  stop     end podd; its pods run on, unless --pods deletes them first
  install  write a systemd unit, so that podd runs from boot on`,
  flags: {
    pods: {
      kind: 'switch',
      help: 'stop: delete every pod first; Deployments and the like make theirs anew at the next start',
    },
    print: { kind: 'switch', help: 'install: print the unit instead of writing it' },
    output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['json'], help: 'status: as JSON' },
  },
  complete: verbs,
  examples: [
    { text: 'is it there?', line: 'podctl system status' },
    { text: 'end everything', line: 'podctl system stop --pods' },
    { text: 'run podd with systemd', line: 'podctl system install' },
  ],
  run: async ({ flags, args: [verb, ...more], io }) => {
    rejectArgs(more);
    switch (verb) {
      case 'status':
        return await printStatus(io, flags.output === 'json');
      case 'stop':
        return await stop(io, flags.pods === true);
      case 'install':
        return (await import('../systemd-unit.ts')).installUnit(io, flags.print === true);
      default:
        throw new UsageError(
          verb === undefined ? 'what?' : `unknown "${verb}"${formatDidYouMean(verb, verbs)}`,
          `system ${verbs.join('|')}`,
        );
    }
  },
});

function connect(io: Io): Client {
  return createClient(instancePaths(io.env).socket);
}

/** Undefined when no podd listens. */
async function ifRunning<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PodError && error.code === 'DaemonDown') return undefined;
    throw error;
  }
}

async function printStatus(io: Io, asJson: boolean): Promise<number> {
  const status = await ifRunning(() => connect(io).json<SystemStatus>('GET', systemPath));
  if (status === undefined) {
    io.err('podd is not running\n');
    return 1;
  }
  io.out(asJson ? `${JSON.stringify(status, undefined, 2)}\n` : formatStatus(status, io.now()));
  return 0;
}

function formatStatus(status: SystemStatus, nowMs: number): string {
  const lines = [
    `podd:\trunning for ${formatSince(status.startedAt, nowMs)} (pid ${status.pid}, zygote ${status.zygotePid})`,
    `Version:\t${status.version}`,
    `State:\t${status.root}`,
    `Sockets:\t${status.run}`,
    `Cgroups:\t${status.cgroupLayout}, ${status.cgroupParent}`,
    `Pods:\t${status.pods}`,
    `Containers running:\t${status.containersRunning}`,
    ...formatNetwork(status.network),
    ...status.problems.map((problem, index) => `${index === 0 ? 'Problems:' : ''}\t${problem}`),
  ];
  return `${alignColumns(lines, describeColumns).join('\n')}\n`;
}

/** A podd of an earlier version tells nothing of it. */
function formatNetwork(network: NetworkStatus | undefined): readonly string[] {
  if (network === undefined) return [];
  const { mode, why, podRanges, serviceRanges, addresses, dnsAddress, podnetPid } = network;
  const helper = podnetPid === undefined ? '' : ` (podnet ${podnetPid})`;
  return [
    `Network:\t${mode}${why === undefined ? '' : `: ${why}`}`,
    ...(podRanges.length === 0 ? [] : [`Pod addresses:\t${podRanges.join(', ')}, ${addresses} in use`]),
    ...(serviceRanges.length === 0 ? [] : [`Service addresses:\t${serviceRanges.join(', ')}`]),
    ...(dnsAddress === undefined ? [] : [`Names:\t${dnsAddress}${helper}`]),
  ];
}

async function stop(io: Io, withPods: boolean): Promise<number> {
  // only podd can delete what runs on without it
  const client = withPods && hasState(io) ? connectPodd(io.env) : connect(io);
  const status = await ifRunning(() =>
    client.json<SystemStatus>('POST', `${systemPath}/stop${withPods ? '?pods=1' : ''}`),
  );
  if (status === undefined) {
    io.err('podd is not running\n');
    return 0;
  }
  if (!(await isGone(status.pid)))
    throw new PodError('StillRunning', `podd (pid ${status.pid}) has not ended after ${stopTimeoutMs / 1000} s`);
  io.out('podd stopped\n');
  if (!withPods && status.containersRunning > 0)
    io.err(
      `${status.containersRunning} ${status.containersRunning === 1 ? 'container runs' : 'containers run'} on; the next podctl command starts podd, which takes them up again\n`,
    );
  return 0;
}

/** Pods are recorded, or containers run. */
function hasState(io: Io): boolean {
  const { podsDir, instancesDir } = instancePaths(io.env);
  return [podsDir, instancesDir].some((directory) => existsSync(directory) && readdirSync(directory).length > 0);
}

const stopTimeoutMs = 15_000;

/** podd is no child of ours: its end can only be looked for. */
async function isGone(pid: number): Promise<boolean> {
  const deadline = performance.now() + stopTimeoutMs;
  for (let pauseMs = 2; processRuns(pid); pauseMs = Math.min(pauseMs * 2, 50)) {
    if (performance.now() > deadline) return false;
    await sleep(pauseMs);
  }
  return true;
}
