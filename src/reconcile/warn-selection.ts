/** A Service that selects nobody is accepted, and nobody answers: what is told of it when it is applied. Pure. */
import { type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ServicePortSpec } from '../model/service-spec.ts';
import { closestWord, editDistance } from '../util/closest-word.ts';

type Selectable = Pick<PodSpec, 'name' | 'labels' | 'containers'>;

/** `pods`: those of its namespace as they are going to be. */
export function warnSelection(
  { spec, metadata }: ServiceManifest,
  pods: readonly Selectable[],
): readonly FieldProblem[] {
  const pairs = Object.entries(spec.selector ?? {});
  if (pairs.length === 0 || spec.type === 'ExternalName') return [];
  const selected = pods.filter(({ labels }) => pairs.every(([key, value]) => labels[key] === value));
  if (selected.length > 0) return (spec.ports ?? []).flatMap((port, index) => missingPort(port, index, selected));
  const asked = pairs.map(formatPair).join(',');
  const there = pods.length === 0 ? 'has no pods yet' : `has none with ${asked}`;
  const hint = nearestPod(pairs, pods);
  const message = `selects no pod, connections are refused: namespace ${metadata.namespace} ${there}`;
  return [fieldProblem(['spec', 'selector'], message, hint === undefined ? {} : { hint })];
}

type Pair = readonly [key: string, value: string];

const formatPair = ([key, value]: Pair): string => `${key}=${value}`;

function missingPort({ targetPort, protocol = 'TCP' }: ServicePortSpec, index: number, pods: readonly Selectable[]) {
  if (typeof targetPort !== 'string') return [];
  const ports = pods.flatMap(({ containers }) => containers.flatMap((container) => container.ports));
  const names = ports.flatMap((port) => (port.protocol === protocol && port.name !== undefined ? [port.name] : []));
  if (names.includes(targetPort)) return [];
  const near = closestWord(targetPort, names);
  const message = `no pod that it selects has a ${protocol} port named "${targetPort}": connections are refused`;
  const hint = near === undefined ? undefined : `did you mean "${near}"?`;
  return [fieldProblem(['spec', 'ports', index, 'targetPort'], message, { hint })];
}

/** The pod whose labels come nearest, where any comes near. */
function nearestPod(pairs: readonly Pair[], pods: readonly Selectable[]): string | undefined {
  const ranked = pods.map((pod) => {
    const found = pairs.map((pair) => nearestLabel(pair, Object.entries(pod.labels)));
    return { name: pod.name, found, score: total(found, 'score'), typos: total(found, 'typos') };
  });
  const [best] = ranked.sort((a, b) => b.score - a.score || a.typos - b.typos || (a.name < b.name ? -1 : 1));
  if (best === undefined || best.score === 0) return undefined;
  const labels = best.found.flatMap(({ label }, index) => label ?? `no ${pairs[index]?.[0]}`);
  return `pod ${best.name} has ${labels.join(', ')}`;
}

interface NearLabel {
  readonly label?: string;
  /** 3: the same; 2: a mistyped key or value away; 1: another value */
  readonly score: 0 | 1 | 2 | 3;
  /** characters that are otherwise */
  readonly typos: number;
}

const total = (labels: readonly NearLabel[], field: 'score' | 'typos'): number =>
  labels.reduce((sum, label) => sum + label[field], 0);

function nearestLabel([key, value]: Pair, labels: readonly Pair[]): NearLabel {
  const same = labels.find(([other]) => other === key);
  if (same !== undefined) {
    const isNear = closestWord(value, [same[1]]) !== undefined;
    const score = same[1] === value ? 3 : isNear ? 2 : 1;
    return { label: formatPair(same), score, typos: editDistance(value, same[1]) };
  }
  const near = labels.find(([other, has]) => has === value && closestWord(key, [other]) !== undefined);
  return near === undefined
    ? { score: 0, typos: 0 }
    : { label: formatPair(near), score: 2, typos: editDistance(key, near[0]) };
}
