/** Which ports of the machine lead to Services of type NodePort and LoadBalancer. Pure. */
import { type FieldProblem, fieldProblem, invalid } from '../manifest/field-problem.ts';
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { ServicePortSpec, ServiceSpec } from '../model/service-spec.ts';
import { fnv1a32 } from '../util/fnv1a32.ts';

/** kube-apiserver's --service-node-port-range; of it the lower part is left to those who choose themselves. */
const firstPort = 30_000;
const lastPort = 32_767;
const lowerPart = 86;

/** `30080/TCP` */
const keyOf = (nodePort: number, protocol: ServicePortSpec['protocol'] = 'TCP'): string => `${nodePort}/${protocol}`;

export function nodePortsOf({ ports = [] }: ServiceSpec): readonly string[] {
  return ports.flatMap(({ nodePort, protocol }) => (nodePort === undefined ? [] : [keyOf(nodePort, protocol)]));
}

const hasNodePorts = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer';

const choosesNodePorts = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

/** Ports that stay keep their number. */
export function carryNodePorts(spec: ServiceSpec, existing: ServiceSpec): Pick<ServiceSpec, 'ports'> {
  if (spec.ports === undefined || !choosesNodePorts(spec) || !hasNodePorts(existing)) return {};
  const asked = new Set(nodePortsOf(spec));
  const before = new Map(existing.ports?.map((port) => [`${port.port}/${port.protocol ?? 'TCP'}`, port.nodePort]));
  const ports = spec.ports.map((port) => {
    const known = before.get(`${port.port}/${port.protocol ?? 'TCP'}`);
    const isFree = known !== undefined && !asked.has(keyOf(known, port.protocol));
    return port.nodePort === undefined && isFree ? { ...port, nodePort: known } : port;
  });
  return { ports };
}

export interface PlannedNodePorts {
  readonly ports?: readonly ServicePortSpec[];
  readonly problems: readonly FieldProblem[];
}

/** What is wrong with the numbers that are asked for; those that it keeps are its own. */
export function checkNodePorts(
  { ports = [] }: ServiceSpec,
  { holder: self, keptPorts }: { readonly holder: string; readonly keptPorts: readonly string[] },
  taken: ReadonlyMap<string, string>,
): readonly FieldProblem[] {
  return ports.flatMap(({ nodePort, protocol }, index) => {
    if (nodePort === undefined) return [];
    const key = keyOf(nodePort, protocol);
    const say = (words: string) => [
      fieldProblem(['spec', 'ports', index, 'nodePort'], invalid(nodePort, words), { hint }),
    ];
    const holder = taken.get(key) ?? self;
    if (holder !== self) return say(`is in use by ${holder}`);
    const isOutside = nodePort < firstPort || nodePort > lastPort;
    return isOutside && !keptPorts.includes(key) ? say(`must be between ${firstPort} and ${lastPort}`) : [];
  });
}

const hint = 'leave it out: podd chooses one';

/** A free number for each port that has none; which one follows from names, so that it is the same again where it can be. */
export function chooseNodePorts(service: ServiceManifest, taken: ReadonlyMap<string, string>): PlannedNodePorts {
  const { spec, metadata } = service;
  if (spec.ports === undefined || !choosesNodePorts(spec)) return { problems: [] };
  const used = new Set([...taken.keys(), ...nodePortsOf(spec)]);
  const problems: FieldProblem[] = [];
  const ports = spec.ports.map((port, index) => {
    if (port.nodePort !== undefined) return port;
    const nodePort = findFree(`${metadata.namespace}/${metadata.name} ${port.port}`, port.protocol, used);
    if (nodePort === undefined) problems.push(noneLeft(index));
    else used.add(keyOf(nodePort, port.protocol));
    return nodePort === undefined ? port : { ...port, nodePort };
  });
  return { ports, problems };
}

function findFree(seed: string, protocol: ServicePortSpec['protocol'], used: ReadonlySet<string>): number | undefined {
  const upper = lastPort - firstPort + 1 - lowerPart;
  const start = fnv1a32(seed) % upper;
  for (let step = 0; step < upper; step++) {
    const port = firstPort + lowerPart + ((start + step) % upper);
    if (!used.has(keyOf(port, protocol))) return port;
  }
  for (let port = firstPort; port < firstPort + lowerPart; port++) if (!used.has(keyOf(port, protocol))) return port;
  return undefined;
}

const noneLeft = (index: number): FieldProblem =>
  fieldProblem(['spec', 'ports', index, 'nodePort'], `no free port between ${firstPort} and ${lastPort}`, {
    hint: 'delete a Service of type NodePort, or use type: ClusterIP',
  });
