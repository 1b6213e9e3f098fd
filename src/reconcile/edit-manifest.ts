/** Parts of a pod's manifest as it is kept, changed where they stand; all else stays as written. Pure. */
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import { PodError } from '../util/pod-error.ts';

export type Fields = Readonly<Record<string, unknown>>;
type Change = (item: Fields) => Fields;

/** Throws PodError NotFound, which names what there is. */
export function containerOf(spec: PodSpec, wanted: string): ContainerSpec {
  const container = spec.containers.find(({ name }) => name === wanted);
  if (container !== undefined) return container;
  const names = spec.containers.map(({ name }) => name).join(', ');
  throw notFound(spec, `pod ${spec.name} has no container "${wanted}"`, names);
}

/** A program of `processes`. Throws PodError NotFound, or Invalid for a plain container; `what` is to be done to it: `scale`. */
export function requireProcess(spec: PodSpec, container: ContainerSpec, program: string, what: string): void {
  if (container.isPlain) {
    throw new PodError('Invalid', `container ${container.name} of pod ${spec.name} has no processes to ${what}`, {
      hint: 'write its command as one of processes (podctl.dev/v1)',
    });
  }
  if (container.programs.some(({ name }) => name === program)) return;
  const names = container.programs.map(({ name }) => name).join(', ');
  throw notFound(spec, `container ${spec.name}/${container.name} has no program "${program}"`, names);
}

export function changeContainer(manifest: PodManifest, name: string, change: Change): PodManifest {
  const containers = changeNamed(manifest.spec.containers, name, change);
  return { ...manifest, spec: { ...manifest.spec, containers } };
}

export function changeProcess(manifest: PodManifest, container: string, program: string, change: Change): PodManifest {
  return changeContainer(manifest, container, (written) => ({
    ...written,
    processes: changeNamed(written.processes, program, change),
  }));
}

const notFound = ({ name }: PodSpec, message: string, names: string): PodError =>
  new PodError('NotFound', message, { hint: `there is ${names}`, details: { kind: 'pods', name } });

/** The manifest was validated: what is named is there, as a map. */
function changeNamed(list: unknown, name: string, change: Change): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: Fields) => (item.name === name ? change(item) : item));
}
