/** The union of what several rules let through, written so that the same peers appear once. */
import type { AllowState, PeerBlock, PortRange } from '../model/network.ts';
import { remember } from '../util/remember.ts';
import { mergePorts } from './plan-policy-ports.ts';

/** Makes a merge that gives pods under the same rules the same list, so that it is made, compared and written once. */
export function createAllowMerge(): (allows: readonly AllowState[]) => readonly AllowState[] {
  const nameOf = namePeers();
  const partOf = remember(
    (allow: AllowState) => allow,
    ({ peers, ports }) => `${nameOf(peers).id} ${JSON.stringify(ports)}`,
  );
  const merged = new Map<string, readonly AllowState[]>();
  return (allows) => {
    const key = [...new Set(allows.map(partOf))].sort().join('\n');
    const union = merged.get(key) ?? unite(allows, nameOf);
    merged.set(key, union);
    return union;
  };
}

interface PeerName {
  readonly text: string;
  /** the same for the same text */
  readonly id: number;
}

const whoever: PeerName = { text: '', id: 0 };

function unite(allows: readonly AllowState[], nameOf: (peers: AllowState['peers']) => PeerName): readonly AllowState[] {
  const groups = new Map<string, { readonly peers: AllowState['peers']; readonly ports: AllowState['ports'][] }>();
  for (const { peers, ports } of allows) {
    const { text } = nameOf(peers);
    const group = groups.get(text) ?? { peers, ports: [] };
    groups.set(text, group);
    group.ports.push(ports);
  }
  const united = [...groups.keys()].sort().flatMap((text) => {
    const group = groups.get(text);
    return group === undefined ? [] : [allowState(group.peers, unionOf(group.ports))];
  });
  const everything = united.find(({ peers, ports }) => peers === undefined && ports === undefined);
  return everything === undefined ? united : [everything];
}

/** Undefined, all ports, takes the others in. */
function unionOf(lists: readonly AllowState['ports'][]): readonly PortRange[] | undefined {
  const given = lists.filter((ports) => ports !== undefined);
  return given.length < lists.length ? undefined : mergePorts(given.flat());
}

function allowState(peers: AllowState['peers'], ports: AllowState['ports']): AllowState {
  return { ...(peers && { peers }), ...(ports && { ports }) };
}

/** Lists of peers are long, and the rules of a policy give the same one for every pod: each is read once. */
function namePeers(): (peers: AllowState['peers']) => PeerName {
  const names = new WeakMap<readonly PeerBlock[], PeerName>();
  const byText = new Map<string, PeerName>([['', whoever]]);
  return (peers) => {
    const known = peers === undefined ? whoever : names.get(peers);
    if (peers === undefined || known !== undefined) return known ?? whoever;
    const text = JSON.stringify(peers);
    const name = byText.get(text) ?? { text, id: byText.size };
    byText.set(text, name);
    names.set(peers, name);
    return name;
  };
}
