/** A NetworkPolicy knows pods by their addresses, and one in the machine's network has none: what is told of it when it is applied. Pure. */
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import type { NetworkPolicyManifest } from '../model/object-manifest.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { LabelSelector, NetworkPolicyPeer } from '../model/service-spec.ts';
import { matchesLabels, requirementsOf } from '../util/match-labels.ts';

type Selectable = Pick<PodSpec, 'name' | 'labels' | 'containers'>;

/** `pods`: those of its namespace as they are going to be; `noIsolation`: why policies do not hold on this machine. */
export function warnIsolation(
  { spec = {} }: NetworkPolicyManifest,
  pods: readonly Selectable[],
  noIsolation?: string,
): readonly FieldProblem[] {
  if (noIsolation !== undefined) return [fieldProblem(['spec'], `is kept, but isolates nothing: ${noIsolation}`)];
  const onMachine = pods.filter(isOnMachine);
  const subjects = selectedNames(spec.podSelector ?? {}, onMachine);
  const from = (spec.ingress ?? []).flatMap((rule, index) => peerPaths(rule.from, ['spec', 'ingress', index, 'from']));
  const to = (spec.egress ?? []).flatMap((rule, index) => peerPaths(rule.to, ['spec', 'egress', index, 'to']));
  return [
    ...tell(['spec', 'podSelector'], subjects, 'it is not isolated'),
    ...from.flatMap(({ peer, path }) =>
      tell(path, ownPods(peer, onMachine), 'like all of the machine it always reaches pods'),
    ),
    ...to.flatMap(({ peer, path }) =>
      tell(
        path,
        ownPods(peer, onMachine),
        'it is not let through',
        'an ipBlock with the machine’s address lets it through',
      ),
    ),
  ];
}

/** hostNetwork, or what comes to the same by `namespaces`. */
const isOnMachine = ({ containers }: Selectable): boolean =>
  containers.length > 0 && containers.every(({ namespaces }) => namespaces.net === 'host');

function selectedNames(selector: LabelSelector, pods: readonly Selectable[]): readonly string[] {
  const requirements = requirementsOf(selector);
  return pods.flatMap(({ name, labels }) => (matchesLabels(requirements, labels) ? [name] : []));
}

const ownPods = (
  { podSelector, namespaceSelector }: NetworkPolicyPeer,
  pods: readonly Selectable[],
): readonly string[] =>
  podSelector === undefined || namespaceSelector !== undefined ? [] : selectedNames(podSelector, pods);

function peerPaths(peers: readonly NetworkPolicyPeer[] = [], path: FieldPath) {
  return peers.map((peer, index) => ({ peer, path: [...path, index] }));
}

function tell(path: FieldPath, names: readonly string[], what: string, hint?: string): readonly FieldProblem[] {
  return names.map((name) => fieldProblem(path, `pod ${name} uses the machine’s network: ${what}`, { hint }));
}
