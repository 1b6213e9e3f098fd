/** A pod's manifest with another number of instances of one program. Pure. */
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ScaleRequest } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/** All else stays as written. Throws PodError NotFound, which names what there is, or Invalid for a plain container. */
export function scaleManifest(manifest: PodManifest, spec: PodSpec, request: ScaleRequest): PodManifest {
  const container = containerOf(spec, request);
  if (container.isPlain) {
    throw new PodError('Invalid', `container ${container.name} of pod ${spec.name} has no processes to scale`, {
      hint: 'write its command as one of processes (podctl.dev/v1)',
    });
  }
  if (!container.programs.some(({ name }) => name === request.program)) {
    const names = container.programs.map(({ name }) => name).join(', ');
    throw notFound(spec, `container ${spec.name}/${container.name} has no program "${request.program}"`, names);
  }
  const { instances, program } = request;
  const containers = changeNamed(manifest.spec.containers, container.name, (written) => ({
    ...written,
    processes: changeNamed(written.processes, program, (process) => ({ ...process, instances })),
  }));
  return { ...manifest, spec: { ...manifest.spec, containers } };
}

function containerOf(spec: PodSpec, { container: wanted }: ScaleRequest): ContainerSpec {
  const container = spec.containers.find(({ name }) => name === wanted);
  if (container !== undefined) return container;
  const names = spec.containers.map(({ name }) => name).join(', ');
  throw notFound(spec, `pod ${spec.name} has no container "${wanted}"`, names);
}

const notFound = ({ name }: PodSpec, message: string, names: string): PodError =>
  new PodError('NotFound', message, { hint: `there is ${names}`, details: { kind: 'pods', name } });

/** The manifest was validated: what is named is there, as a map. */
function changeNamed(list: unknown, name: string, change: (item: Fields) => Fields): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: Fields) => (item.name === name ? change(item) : item));
}
