/** What is fixed for one podd's network as long as it runs: chosen at its start, and kept for the next. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { readStartTicks } from '../linux/procfs.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import { clusterDomain, type NetworkSettings } from '../model/network.ts';
import { parseRecord } from '../store/parse-record.ts';
import { replaceFileSync } from '../store/write-atomically.ts';
import { addressAt, cidrOf, cidrSize, parseCidr } from '../util/cidr.ts';
import { claimRanges, type RangeClaim } from './claims.ts';
import { occupiedBlocks } from './plan-occupied.ts';
import {
  type ChosenRanges,
  type DefaultBlocks,
  type OccupiedBlock,
  planRanges,
  podVariable,
  serviceVariable,
} from './plan-ranges.ts';
import { type MachineNetwork, readMachineNetwork } from './read-machine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ChosenSettings {
  readonly settings: NetworkSettings;
  /** bytes, of the machine's way out */
  readonly mtu: number;
  /** a range that overlaps by now what the machine leads to, and the like */
  readonly problems: readonly string[];
}

/** Rejects with PodError `BadRange`, `RangeTaken`, `NoFreeRange`: podd does not start then. */
export async function chooseSettings(paths: InstancePaths, env: Environment): Promise<ChosenSettings> {
  const mark = createHash('sha256').update(paths.run).digest('hex');
  const linkPrefix = `pc${mark.slice(0, 4)}`;
  const machine = readMachineNetwork();
  const kept = readDefaults(paths);
  const chosen = await claimRanges(paths.run, (others) => {
    const occupied = [...occupiedBlocks(machine, linkPrefix), ...claimedBlocks(others)];
    const ranges = planRanges({
      written: { pods: env[podVariable], services: env[serviceVariable] },
      ...(kept === undefined ? {} : { kept }),
      occupied,
      ...(machine.hasIpv6 ? { ula: randomUla() } : {}),
      isInUse: hasRecords(paths),
    });
    return { ...ranges, claim: ownClaim(paths.run, linkPrefix, ranges) };
  });
  if (JSON.stringify(chosen.defaults) !== JSON.stringify(kept)) keepDefaults(paths, chosen.defaults);
  const table = paths.run === '/run/podctl' ? 'podctl' : `podctl_${mark.slice(0, 8)}`;
  const settings = settingsOf(chosen, machine, { table, linkPrefix });
  return { settings, mtu: machine.mtu, problems: chosen.problems };
}

function settingsOf(
  { ranges }: ChosenRanges,
  machine: MachineNetwork,
  names: Pick<NetworkSettings, 'table' | 'linkPrefix'>,
): NetworkSettings {
  const { pods6: _, services6: __, ...four } = ranges;
  return {
    ranges: machine.hasIpv6 ? ranges : four,
    ...names,
    dnsAddress: dnsAddress(ranges.services4),
    clusterDomain,
    hostAddresses: machine.hostAddresses,
  };
}

/** The tenth address, as kubeadm has it; of a small range the last but one. */
function dnsAddress(services4: string): string {
  const range = cidrOf(services4);
  return addressAt(range, cidrSize(range) > 16n ? 10n : cidrSize(range) - 2n);
}

function claimedBlocks(claims: readonly RangeClaim[]): readonly OccupiedBlock[] {
  return claims.flatMap(({ run, blocks }) =>
    blocks.flatMap((block) => {
      const parsed = parseCidr(block);
      return parsed.ok ? [{ cidr: parsed.value, what: `range ${block} of the podctl instance ${run}` }] : [];
    }),
  );
}

function ownClaim(run: string, linkPrefix: string, { ranges }: ChosenRanges): RangeClaim {
  const blocks = Object.values(ranges).filter((block) => block !== undefined);
  return { run, pid: process.pid, startTicks: readStartTicks('self') ?? 0, linkPrefix, blocks };
}

/** RFC 4193: 40 random bits. */
function randomUla(): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = randomBytes(5);
  const word = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return `fd${a.toString(16).padStart(2, '0')}:${word(b, c)}:${word(d, e)}::/48`;
}

const cidrText = z.string().refine((text) => parseCidr(text).ok);
const recordSchema = z.object({ version: z.literal(1), block4: cidrText, block6: cidrText.optional() });

/** A record that cannot be used is chosen anew: the addresses of pods stand in their own records. */
function readDefaults({ networkRecord }: InstancePaths): DefaultBlocks | undefined {
  try {
    const parsed = parseRecord<DefaultBlocks & { version: 1 }>(readFileSync(networkRecord, 'utf8'), recordSchema);
    if (!parsed.ok) return undefined;
    const { version: _, ...blocks } = parsed.value;
    return blocks;
  } catch {
    return undefined;
  }
}

/** A full disk must not keep podd from starting: the next one chooses once more. */
function keepDefaults({ networkRecord }: InstancePaths, defaults: DefaultBlocks): void {
  try {
    replaceFileSync(networkRecord, `${JSON.stringify({ version: 1, ...defaults })}\n`);
  } catch {
    // the pods' own addresses stand in their records
  }
}

/** Pods of which some may have an address. */
function hasRecords({ podsDir }: InstancePaths): boolean {
  try {
    return readdirSync(podsDir).length > 0;
  } catch {
    return false;
  }
}
