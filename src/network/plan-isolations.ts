/** What NetworkPolicies come to: for each pod that one selects, and each direction, all that may pass. */
import type { AllowState, IsolationState, PeerBlock, PortRange } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { NetworkPolicyManifest } from '../model/object-manifest.ts';
import { policyTypesOf } from '../model/policy-types.ts';
import type { NetworkPolicyPeer, NetworkPolicyPort } from '../model/service-spec.ts';
import { remember } from '../util/remember.ts';
import { createAllowMerge } from './plan-allow-merge.ts';
import {
  type AddressedPod,
  blocksOf,
  choosePods,
  isAddressed,
  type NamespaceLabels,
  type PeerPod,
  type PodChoice,
  sortBlocks,
} from './plan-policy-peers.ts';
import { isNamed, mergePorts, numberedPort, portsOfName } from './plan-policy-ports.ts';

type Direction = IsolationState['direction'];

/** One rule of a policy: whoever of `peers`, on any of `ports`; empty is the same as absent: all. */
interface Rule {
  readonly namespace: string;
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: readonly NetworkPolicyPort[];
}

/** One direction of one policy. */
interface Isolation {
  readonly subjects: readonly PeerPod[];
  readonly rules: readonly Rule[];
}

/**
 * A pod that no policy selects in a direction has no state there: everything passes. One that several select gets what any of them
 * lets through. Pods without addresses of their own (hostNetwork) are neither isolated nor anybody's peer, as Kubernetes warns.
 */
export function planIsolations(
  policies: readonly NetworkPolicyManifest[],
  pods: readonly NetworkPod[],
  labelsOf?: NamespaceLabels,
): readonly IsolationState[] {
  const choice = choosePods(pods.filter(isAddressed), labelsOf);
  const directed = (direction: Direction): IsolationState[] => planDirection(direction, policies, choice);
  return [...directed('egress'), ...directed('ingress')].sort(
    (a, b) => compareTexts(a.pod, b.pod) || compareTexts(a.direction, b.direction),
  );
}

function planDirection(
  direction: Direction,
  policies: readonly NetworkPolicyManifest[],
  choice: PodChoice,
): IsolationState[] {
  const allowsOf = direction === 'ingress' ? ingressAllows(choice) : egressAllows(choice);
  const rulesOf = new Map<AddressedPod, Rule[]>();
  for (const policy of policies) {
    const { subjects, rules } = isolationOf(policy, direction, choice);
    for (const { pod } of subjects) {
      const sum = rulesOf.get(pod);
      if (sum === undefined) rulesOf.set(pod, [...rules]);
      else sum.push(...rules);
    }
  }
  const merge = createAllowMerge();
  return [...rulesOf].map(([pod, rules]) => ({
    pod: `${pod.namespace}/${pod.name}`,
    addresses: pod.addresses,
    direction,
    allows: merge(rules.flatMap((rule) => allowsOf(rule, pod))),
  }));
}

const notSelected: Isolation = { subjects: [], rules: [] };

function isolationOf(
  { metadata, spec = {} }: NetworkPolicyManifest,
  direction: Direction,
  choice: PodChoice,
): Isolation {
  const { podSelector = {}, ingress = [], egress = [] } = spec;
  const namespace = metadata.namespace ?? 'default';
  if (!policyTypesOf(spec).includes(direction === 'ingress' ? 'Ingress' : 'Egress')) return notSelected;
  const rules =
    direction === 'ingress'
      ? ingress.map(({ from = [], ports = [] }) => ({ namespace, peers: from, ports }))
      : egress.map(({ to = [], ports = [] }) => ({ namespace, peers: to, ports }));
  return { subjects: choice.ofNamespace(podSelector, namespace), rules };
}

type Allows = (rule: Rule, pod: AddressedPod) => readonly AllowState[];

/** A named port is that of the pod itself. */
function ingressAllows(choice: PodChoice): Allows {
  const peersOf = remember(itself, peersOfRules(choice));
  const allowsFor = (rule: Rule, own: NetworkPod['ports']): readonly AllowState[] => {
    const ports = rule.ports.flatMap((port) => (isNamed(port) ? portsOfName(port, own) : [numberedPort(port)]));
    return allowOf(peersOf(rule), rule.ports.length === 0 ? undefined : ports);
  };
  const sameForAll = remember(itself, (rule: Rule) => (rule.ports.some(isNamed) ? undefined : allowsFor(rule, [])));
  return (rule, pod) => sameForAll(rule) ?? allowsFor(rule, pod.ports);
}

/** A named port is that of each peer, which may be another number for each. */
function egressAllows(choice: PodChoice): Allows {
  const peersOf = peersOfRules(choice);
  const allowsOfName = remember(
    (port: NetworkPolicyPort, rule: Rule) => `${JSON.stringify(port)} ${peersText(rule)}`,
    (port, rule) => planNamedPort(port, rule, choice),
  );
  return remember(itself, (rule: Rule) => {
    if (rule.ports.length === 0) return allowOf(peersOf(rule), undefined);
    const numbered = rule.ports.filter((port) => !isNamed(port)).map(numberedPort);
    return [
      ...allowOf(peersOf(rule), numbered),
      ...rule.ports.filter(isNamed).flatMap((port) => allowsOfName(port, rule)),
    ];
  });
}

const itself = (rule: Rule): Rule => rule;
const peersText = ({ peers, namespace }: Rule): string => `${namespace} ${JSON.stringify(peers)}`;

/** Undefined: whoever. Rules with the same peers get the same list. */
function peersOfRules(choice: PodChoice): (rule: Rule) => readonly PeerBlock[] | undefined {
  return remember(peersText, ({ peers, namespace }) =>
    peers.length === 0 ? undefined : blocksOf(peers, namespace, choice),
  );
}

function planNamedPort(port: NetworkPolicyPort, { peers, namespace }: Rule, choice: PodChoice): readonly AllowState[] {
  const pods = peers.length === 0 ? choice.all : peers.flatMap((peer) => choice.ofPeer(peer, namespace));
  const byPorts = new Map<string, { readonly ports: readonly PortRange[]; readonly blocks: PeerBlock[] }>();
  for (const { pod, blocks } of pods) {
    const ports = mergePorts(portsOfName(port, pod.ports));
    const key = JSON.stringify(ports);
    const group = byPorts.get(key) ?? { ports, blocks: [] };
    byPorts.set(key, group);
    group.blocks.push(...blocks);
  }
  return [...byPorts.values()].flatMap(({ ports, blocks }) => allowOf(sortBlocks(blocks), ports));
}

/** None where nobody is meant, or no port: an absent list would mean all. */
function allowOf(peers: readonly PeerBlock[] | undefined, ports: readonly PortRange[] | undefined): AllowState[] {
  if (peers?.length === 0 || ports?.length === 0) return [];
  return [{ ...(peers && { peers }), ...(ports && { ports }) }];
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
