/** One container of a pod for Kubernetes: its image, its namespaces as the pod's, its programs for podinit. Pure. */
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import { formatYaml } from './format-yaml.ts';
import { type Fields, listOf, mapOf, withoutKeys } from './loose-fields.ts';
import { renderPrograms } from './render-programs.ts';
import { renderReadiness } from './render-readiness.ts';
import { renderResources } from './render-resources.ts';
import { type Part, podinitDirectory, podinitMounts, programsDirectory, type RenderContext } from './render-words.ts';

const dropped: Readonly<Record<string, string>> = {
  dev: 'is for podctl dev, left out',
  devices: 'has no counterpart in Kubernetes (a device plugin gives devices), left out',
  procView: 'has no counterpart in Kubernetes, /proc tells of the node there',
};
const own = ['image', 'rootfs', 'namespaces', 'processes', 'envFile', 'resources', 'volumeMounts'];

export function renderContainer(container: Fields, path: FieldPath, context: RenderContext): Part {
  const image = renderImage(container, path, context);
  const resources = renderResources(container.resources === undefined ? undefined : mapOf(container.resources), [
    ...path,
    'resources',
  ]);
  const mounts = renderMounts(listOf(container.volumeMounts), [...path, 'volumeMounts']);
  const namespaces = renderNamespaces(mapOf(container.namespaces), [...path, 'namespaces'], context);
  const programs = renderPrograms(container, path, context);
  const readiness = renderReadiness(container, path);
  const isHanded = context.podinitImage !== undefined;
  const name = String(container.name);
  const carries = programs.processes !== undefined;
  const allMounts = [...mounts.fields, ...(carries ? podinitMounts(isHanded) : [])];
  return {
    fields: {
      ...(container.name === undefined ? {} : { name: container.name }),
      ...image.fields,
      ...(carries ? { command: podinitCommand(name, isHanded) } : {}),
      ...withoutKeys(container, ['name', 'env', ...own, ...Object.keys(dropped)]),
      ...readiness.fields,
      ...(programs.env.length === 0 ? {} : { env: programs.env }),
      ...(resources.resources === undefined ? {} : { resources: resources.resources }),
      ...(allMounts.length === 0 ? {} : { volumeMounts: allMounts }),
    },
    errors: [...image.errors, ...programs.errors],
    warnings: [
      ...Object.entries(dropped).flatMap(([key, why]) =>
        container[key] === undefined ? [] : [fieldProblem([...path, key], why, { at: 'key' })],
      ),
      ...[resources, mounts, namespaces, programs, readiness].flatMap(({ warnings }) => warnings),
    ],
    programs: carries
      ? {
          [`${name}.yaml`]: formatYaml({
            apiVersion: 'podctl.dev/v1',
            kind: 'Processes',
            processes: programs.processes,
          }),
        }
      : {},
    pod: namespaces.pod,
  };
}

const podinitCommand = (name: string, isHanded: boolean): readonly string[] => [
  isHanded ? `${podinitDirectory}/bin/podinit` : 'podinit',
  '-f',
  `${programsDirectory}/${name}.yaml`,
];

/** The machine's own programs are on no node. */
function renderImage(
  { name, image, rootfs }: Fields,
  path: FieldPath,
  { images }: RenderContext,
): { readonly fields: Fields; readonly errors: readonly FieldProblem[] } {
  const given = images.get(String(name)) ?? images.get('*');
  if (rootfs === undefined && image !== 'host') return { fields: image === undefined ? {} : { image }, errors: [] };
  if (given !== undefined) return { fields: { image: given }, errors: [] };
  const what = rootfs === undefined ? 'image: host is this machine’s /usr' : 'rootfs is a directory of this machine';
  const hint = `say which image has its programs: --image ${String(name)}=REFERENCE`;
  return {
    fields: {},
    errors: [
      fieldProblem([...path, rootfs === undefined ? 'image' : 'rootfs'], `${what}, which Kubernetes cannot run`, {
        hint,
      }),
    ],
  };
}

function renderMounts(mounts: readonly unknown[], path: FieldPath) {
  const keys = ['restartOn', 'reloadOn'];
  return {
    fields: mounts.map((mount) => withoutKeys(mapOf(mount), keys)),
    warnings: mounts.flatMap((mount, index) =>
      keys.flatMap((key) =>
        mapOf(mount)[key] === undefined
          ? []
          : [fieldProblem([...path, index, key], 'has no counterpart in Kubernetes, left out', { at: 'key' })],
      ),
    ),
  };
}

const hostFields: Readonly<Record<string, string>> = { net: 'hostNetwork', pid: 'hostPID', ipc: 'hostIPC' };
/** what Kubernetes does anyway */
const usual: Readonly<Record<string, string>> = {
  ...{
    net: 'pod',
    ipc: 'pod',
    uts: 'pod',
    pid: 'private',
    mnt: 'private',
    cgroup: 'private',
    time: 'private',
    user: 'host',
  },
};

/** Kubernetes shares namespaces for whole pods only: a container alone has its wish when it is the pod's only one. */
function renderNamespaces(namespaces: Fields, path: FieldPath, { podSpec }: RenderContext) {
  const isAlone = [...listOf(podSpec.containers), ...listOf(podSpec.initContainers)].length === 1;
  const pod: Record<string, unknown> = {};
  const warnings: FieldProblem[] = [];
  for (const [kind, mode] of Object.entries(namespaces)) {
    const field = hostFields[kind];
    if (mode === usual[kind]) continue;
    if (mode === 'host' && field !== undefined && (isAlone || podSpec[field] === true)) pod[field] = true;
    else if (kind === 'pid' && mode === 'pod') pod.shareProcessNamespace = true;
    else warnings.push(fieldProblem([...path, kind], 'has no counterpart in Kubernetes, left out', { at: 'key' }));
  }
  return { pod, warnings };
}
