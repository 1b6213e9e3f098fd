/** Whom the peers of a NetworkPolicy's rule come to. */
import { namespaceLabel } from '../model/namespace-label.ts';
import type { PeerBlock } from '../model/network.ts';
import type { NetworkPod } from '../model/network-pod.ts';
import type { LabelSelector, NetworkPolicyPeer } from '../model/service-spec.ts';
import { cidrOf, contains, formatCidr } from '../util/cidr.ts';
import { groupBy } from '../util/group-by.ts';
import { type Labels, matchesLabels, requirementsOf } from '../util/match-labels.ts';
import { remember } from '../util/remember.ts';

/** A pod that can be told by its addresses: not one that uses the machine's. */
export type AddressedPod = NetworkPod & { readonly addresses: NonNullable<NetworkPod['addresses']> };

export const isAddressed = (pod: NetworkPod): pod is AddressedPod => pod.addresses !== undefined && !pod.hostNetwork;

/** As the Namespace object has them. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;
const noLabels: NamespaceLabels = () => undefined;

/** A pod, by its addresses that a peer means: of a block those that lie in it, else all. */
export interface PeerPod {
  readonly pod: AddressedPod;
  readonly blocks: readonly PeerBlock[];
}

/** Pods by selector, each selector asked once. */
export interface PodChoice {
  /** of one peer of a rule, in a policy of that namespace */
  readonly ofPeer: (peer: NetworkPolicyPeer, namespace: string) => readonly PeerPod[];
  readonly ofNamespace: (selector: LabelSelector, namespace: string) => readonly PeerPod[];
  readonly all: readonly PeerPod[];
}

/** `labelsOf`: of a namespace; its own name is one of them always. */
export function choosePods(pods: readonly AddressedPod[], labelsOf: NamespaceLabels = noLabels): PodChoice {
  const all = pods.map((pod) => ({ pod, blocks: blocksOfPod(pod) }));
  const byNamespace = groupBy(all, ({ pod }) => pod.namespace);
  const select = (selector: LabelSelector, namespaces: readonly string[]): readonly PeerPod[] => {
    const requirements = requirementsOf(selector);
    return namespaces.flatMap((namespace) =>
      (byNamespace.get(namespace) ?? []).filter(({ pod }) => matchesLabels(requirements, pod.labels)),
    );
  };
  const ofPeer = ({ podSelector = {}, namespaceSelector, ipBlock }: NetworkPolicyPeer, namespace: string) => {
    if (ipBlock !== undefined) return podsInBlock(all, ipBlock);
    return select(
      podSelector,
      namespaceSelector ? namespacesOf(namespaceSelector, byNamespace.keys(), labelsOf) : [namespace],
    );
  };
  return {
    all,
    ofPeer: remember(textOf, ofPeer),
    ofNamespace: remember(textOf, (selector: LabelSelector, namespace: string) => select(selector, [namespace])),
  };
}

const textOf = (selector: LabelSelector | NetworkPolicyPeer, namespace: string): string =>
  `${namespace} ${JSON.stringify(selector)}`;

function blocksOfPod({ addresses }: AddressedPod): readonly PeerBlock[] {
  const single = { cidr: `${addresses.ipv4}/32`, except: [] };
  return addresses.ipv6 === undefined ? [single] : [single, { cidr: `${addresses.ipv6}/128`, except: [] }];
}

/** Each has the label that Kubernetes gives to all. */
function namespacesOf(
  selector: LabelSelector,
  namespaces: Iterable<string>,
  labelsOf: NamespaceLabels,
): readonly string[] {
  const requirements = requirementsOf(selector);
  return [...namespaces].filter((namespace) =>
    matchesLabels(requirements, { ...labelsOf(namespace), [namespaceLabel]: namespace }),
  );
}

function podsInBlock(
  all: readonly PeerPod[],
  { cidr, except = [] }: NonNullable<NetworkPolicyPeer['ipBlock']>,
): readonly PeerPod[] {
  const whole = cidrOf(cidr);
  const holes = except.map(cidrOf);
  const isIn = (block: PeerBlock): boolean => {
    const { family, first } = cidrOf(block.cidr);
    const address = { family, number: first };
    return contains(whole, address) && !holes.some((hole) => contains(hole, address));
  };
  return all.map(({ pod, blocks }) => ({ pod, blocks: blocks.filter(isIn) })).filter(({ blocks }) => blocks.length > 0);
}

/** The pods and blocks as blocks, each once, in one order, addresses in the shortest form. */
export function blocksOf(
  peers: readonly NetworkPolicyPeer[],
  namespace: string,
  choice: PodChoice,
): readonly PeerBlock[] {
  const blocks = peers.flatMap((peer) => {
    if (peer.ipBlock === undefined) return choice.ofPeer(peer, namespace).flatMap((pod) => pod.blocks);
    const { cidr, except = [] } = peer.ipBlock;
    return [{ cidr: shortest(cidr), except: except.map(shortest).sort() }];
  });
  return sortBlocks(blocks);
}

const shortest = (cidr: string): string => formatCidr(cidrOf(cidr));

/** Each block once, in one order. */
export function sortBlocks(blocks: readonly PeerBlock[]): readonly PeerBlock[] {
  const byKey = new Map(
    blocks.map((block) => [block.except.length === 0 ? block.cidr : `${block.cidr} ${block.except.join(' ')}`, block]),
  );
  return [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? []);
}
