/** Volumes of a pod, and where containers see them, as kubectl describes them; nothing of what they hold. */
import { type Fields, fieldsOf, records, text } from './loose-values.ts';
import { cleanCell } from './tab-columns.ts';

/** A line for each mount of a container. */
export function describeMounts({ volumeMounts }: Fields): string[] {
  const mounts = records(volumeMounts);
  if (mounts.length === 0) return ['Mounts:\t<none>'];
  return ['Mounts:', ...mounts.map((mount) => `  ${describeMount(mount)}`)];
}

function describeMount({ mountPath, name, readOnly, subPath, subPathExpr }: Fields): string {
  const part = subPath ?? subPathExpr;
  const options = [readOnly === true ? 'ro' : 'rw', ...(part === undefined ? [] : [`path="${text(part)}"`])];
  return cleanCell(`${text(mountPath)} from ${text(name)} (${options.join(',')})`);
}

/** The pod's, each with its kind and what it refers to. */
export function describeVolumes(spec: Fields): string[] {
  const volumes = records(spec.volumes);
  if (volumes.length === 0) return ['Volumes:\t<none>'];
  return [
    'Volumes:',
    ...volumes.flatMap((volume) => [`  ${text(volume.name)}:`, ...describeSource(volume).map((line) => `    ${line}`)]),
  ];
}

const pair = (name: string, value: unknown): string => `${name}:\t${cleanCell(text(value))}`;

const sources: Readonly<Record<string, (source: Fields) => readonly string[]>> = {
  emptyDir: ({ medium, sizeLimit }) => [
    "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
    pair('Medium', medium ?? ''),
    pair('SizeLimit', sizeLimit ?? '<unset>'),
  ],
  hostPath: ({ path, type }) => [
    'Type:\tHostPath (bare host directory volume)',
    pair('Path', path),
    pair('HostPathType', type ?? ''),
  ],
  configMap: ({ name, optional }) => [
    'Type:\tConfigMap (a volume populated by a ConfigMap)',
    pair('Name', name),
    pair('Optional', optional === true),
  ],
  secret: ({ secretName, optional }) => [
    'Type:\tSecret (a volume populated by a Secret)',
    pair('SecretName', secretName),
    pair('Optional', optional === true),
  ],
  persistentVolumeClaim: ({ claimName, readOnly }) => [
    'Type:\tPersistentVolumeClaim (a directory kept for the claim of that name)',
    pair('ClaimName', claimName),
    pair('ReadOnly', readOnly === true),
  ],
  downwardAPI: ({ items }) => [
    'Type:\tDownwardAPI (a volume populated by information about the pod)',
    ...records(items).map(describeField),
  ],
  projected: ({ sources: parts }) => [
    'Type:\tProjected (a volume that contains injected data from multiple sources)',
    ...records(parts).flatMap((part) =>
      Object.entries(part).map(([kind, value]) => describePart(kind, fieldsOf(value))),
    ),
  ],
};

function describeSource(volume: Fields): readonly string[] {
  const [kind = 'emptyDir', source] = Object.entries(volume).find(([key]) => key !== 'name') ?? [];
  return sources[kind]?.(fieldsOf(source)) ?? [pair('Type', kind)];
}

function describePart(kind: string, { name, items }: Fields): string {
  return name === undefined ? pair(kind, `${records(items).length} files`) : pair(kind, name);
}

const describeField = ({ path, fieldRef, resourceFieldRef }: Fields): string =>
  cleanCell(`${text(fieldsOf(fieldRef).fieldPath ?? fieldsOf(resourceFieldRef).resource)} -> ${text(path)}`);
