/** Rules for a pod with users of its own, `hostUsers: false` (Kubernetes validateHostUsers, and what this machine cannot give them). */
import { type FieldPath, forbidden, invalid, type ProblemSink } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import type { LooseContainer, LooseSpec } from './schema.ts';

export function checkUsers(spec: LooseSpec, problems: ProblemSink): void {
  for (const { container, path } of listedContainers(spec)) {
    checkUserMode(container.namespaces?.user, spec, [...path, 'namespaces', 'user'], problems);
    if (spec.hostUsers === false) checkContainerOf(container, path, problems);
  }
  if (spec.hostUsers !== false) return;
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
    if (spec[name] === true) problems.error(['spec', name], forbidden('when `hostUsers` is false'), { at: 'key' });
}

/** All containers of a pod have the same users: they share its volumes and its network. */
function checkUserMode(user: unknown, { hostUsers }: LooseSpec, path: FieldPath, problems: ProblemSink): void {
  const wanted = hostUsers === false ? 'pod' : 'host';
  if (user === undefined || user === '' || user === wanted) return;
  const hint = user === 'pod' ? 'spec.hostUsers: false gives the pod users of its own' : undefined;
  const why = wanted === 'pod' ? 'the pod has users of its own' : 'the pod has the machine’s users';
  problems.error(path, invalid(user, `must be "${wanted}": ${why}`), { hint });
}

/** What belongs to the machine gives the pod's users no rights, and its files look like nobody's. */
function checkContainerOf(container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  for (const kind of ['net', 'ipc', 'pid', 'mnt'] as const)
    if (container.namespaces?.[kind] === 'host')
      problems.error([...path, 'namespaces', kind], invalid('host', 'must not be "host" when `hostUsers` is false'));
  container.processes?.forEach((process, index) => {
    if ((process?.nice ?? 0) < 0)
      problems.error(
        [...path, 'processes', index, 'nice'],
        invalid(process?.nice, 'must not be negative when `hostUsers` is false'),
        { hint: 'the kernel takes a privilege on the machine for it, which no user of the pod has' },
      );
  });
  container.volumeMounts?.forEach((mount, index) => {
    if (mount?.mountPropagation === 'Bidirectional')
      problems.warn(
        [...path, 'volumeMounts', index, 'mountPropagation'],
        'with hostUsers: false what the container mounts there does not reach the machine',
      );
  });
}
