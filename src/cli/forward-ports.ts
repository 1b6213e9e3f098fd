/** Which ports of a pod are meant: names looked up, a Service's ports followed to their pod. */
import type { ServicePortSpec } from '../model/service-spec.ts';
import type { PodObject, ServiceObject } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import type { ForwardWord } from './forward-words.ts';
import { specContainers } from './pod-row.ts';

export interface ForwardedPort {
  /** 0: any free one */
  readonly local: number;
  readonly remote: number;
}

interface NamedPort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
}

/** Of a pod. PodError NotFound (no port of that name), BadRequest (not TCP). */
export function podPorts(pod: PodObject, words: readonly ForwardWord[]): readonly ForwardedPort[] {
  const known = containerPorts(pod);
  return words.map((word) => {
    const remote = numberOf(word, known, `pod ${pod.metadata.name}`);
    return { local: word.local ?? remote, remote };
  });
}

/** Of the pod that a Service leads to: remote ports are the Service's, local ones too unless written. PodError as above. */
export function servicePorts(
  service: Pick<ServiceObject, 'spec'> & { readonly metadata: Pick<ServiceObject['metadata'], 'name'> },
  pod: PodObject,
  words: readonly ForwardWord[],
): readonly ForwardedPort[] {
  const { ports = [], clusterIP } = service.spec;
  const { name } = service.metadata;
  const known = ports.map((port) => ({
    ...(port.name === undefined ? {} : { name: port.name }),
    number: port.port,
    protocol: port.protocol ?? 'TCP',
  }));
  return words.map((word) => {
    const number = numberOf(word, known, `service ${name}`);
    const local = word.local ?? number;
    const port = ports.find((candidate) => candidate.port === number && (candidate.protocol ?? 'TCP') === 'TCP');
    if (port !== undefined) return { local, remote: targetOf(port, pod) };
    // a headless Service has no ports of its own: its name leads to its pods
    if (clusterIP === 'None') return { local, remote: number };
    throw new PodError('NotFound', `service ${name} has no port ${number}`, { hint: `it has ${listed(known)}` });
  });
}

/** Throws PodError NotFound when the pod has no such container. */
export function checkContainer(pod: PodObject, container: string | undefined): void {
  const names = specContainers(pod).map(({ name }) => String(name));
  if (container === undefined || names.includes(container)) return;
  const { name } = pod.metadata;
  throw new PodError('NotFound', `pod ${name} has no container "${container}"${formatDidYouMean(container, names)}`, {
    hint: `containers of ${name}: ${names.join(', ')}`,
  });
}

function targetOf(port: ServicePortSpec, pod: PodObject): number {
  const { targetPort = port.port } = port;
  if (typeof targetPort === 'number') return targetPort;
  const word = { text: targetPort, remote: targetPort };
  return numberOf(word, containerPorts(pod), `pod ${pod.metadata.name}`);
}

function numberOf({ text, remote }: ForwardWord, known: readonly NamedPort[], where: string): number {
  const meant = known.filter(({ name, number }) => remote === (typeof remote === 'number' ? number : name));
  const [port] = meant;
  if (typeof remote === 'string' && port === undefined) {
    const names = known.flatMap(({ name }) => (name === undefined ? [] : [name]));
    throw new PodError('NotFound', `${where} has no port named "${remote}"${formatDidYouMean(remote, names)}`, {
      hint: `it has ${listed(known)}`,
    });
  }
  // a port that nobody declares may be served all the same
  const isOther = port !== undefined && meant.every(({ protocol }) => protocol !== 'TCP');
  if (isOther)
    throw new PodError('BadRequest', `${text}: ${port.protocol} is not supported: only TCP can be forwarded`);
  return port?.number ?? Number(remote);
}

const listed = (ports: readonly NamedPort[]): string =>
  ports
    .map(({ name, number, protocol }) => `${name === undefined ? '' : `${name} `}${number}/${protocol}`)
    .join(', ') || 'none';

function containerPorts(pod: PodObject): readonly NamedPort[] {
  const ports = specContainers(pod).flatMap((container) => (Array.isArray(container.ports) ? container.ports : []));
  return ports.map(({ name, containerPort, protocol }) => ({
    ...(name === undefined ? {} : { name: String(name) }),
    number: Number(containerPort),
    protocol: String(protocol ?? 'TCP'),
  }));
}
