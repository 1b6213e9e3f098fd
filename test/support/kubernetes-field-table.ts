import { formatFieldPath } from '../../src/manifest/field-problem.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import {
  containerFields,
  containerSecurityFields,
  envFields,
  type FieldNote,
  mountFields,
  podFields,
  podSecurityFields,
  valueFromFields,
  volumeFields,
} from './kubernetes-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

interface FieldGroup {
  readonly title: string;
  /** of the object that has the fields; its place in the sample pod */
  readonly path: readonly (string | number)[];
  readonly notes: Readonly<Record<string, FieldNote>>;
  /** a pod that has this object */
  readonly podWith: (fields: Fields) => Fields;
}

const container: readonly (string | number)[] = ['spec', 'containers', 0];
const withSpec = (fields: Fields): Fields => ({
  containers: [{ name: 'app', image: 'host', command: ['true'] }],
  ...fields,
});
const withContainer = (fields: Fields): Fields => ({
  containers: [{ name: 'app', image: 'host', command: ['true'], ...fields }],
  volumes: [
    { name: 'data', emptyDir: {} },
    { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
  ],
});

/** Where there are tables of fields, in README's order. */
export const fieldGroups: readonly FieldGroup[] = [
  { title: 'PodSpec', path: ['spec'], notes: podFields, podWith: withSpec },
  {
    title: 'PodSecurityContext',
    path: ['spec', 'securityContext'],
    notes: podSecurityFields,
    podWith: (fields) => withSpec({ securityContext: fields }),
  },
  { title: 'Container', path: container, notes: containerFields, podWith: withContainer },
  {
    title: 'SecurityContext of a container',
    path: [...container, 'securityContext'],
    notes: containerSecurityFields,
    podWith: (fields) => withContainer({ securityContext: fields }),
  },
  {
    title: 'EnvVar',
    path: [...container, 'env', 0],
    notes: envFields,
    podWith: (fields) => withContainer({ env: [{ name: 'A', ...fields }] }),
  },
  {
    title: 'EnvVarSource',
    path: [...container, 'env', 0, 'valueFrom'],
    notes: valueFromFields,
    podWith: (fields) => withContainer({ env: [{ name: 'A', valueFrom: fields }] }),
  },
  {
    title: 'VolumeMount',
    path: [...container, 'volumeMounts', 0],
    notes: mountFields,
    podWith: (fields) =>
      withContainer({
        env: [{ name: 'A', value: 'a' }],
        volumeMounts: [{ name: 'data', mountPath: '/data', ...fields }],
      }),
  },
  {
    title: 'Volume',
    path: ['spec', 'volumes', 0],
    notes: volumeFields,
    podWith: (fields) => withSpec({ volumes: [{ name: 'vol', ...fields }] }),
  },
];

export type FieldVerdict = 'works' | 'warned' | 'refused';

/** What `podctl validate` says of a pod that asks for the field; `stray`: what else it says. */
export function judgeField(
  group: FieldGroup,
  name: string,
): { readonly verdict: FieldVerdict; readonly stray: string[] } {
  const { sample, beside = {} } = group.notes[name] as FieldNote;
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
    spec: group.podWith({ ...beside, [name]: sample }),
  };
  const { diagnostics } = parseManifest(JSON.stringify(pod), 'pod.json');
  const field = formatFieldPath([...group.path, name]);
  const own = diagnostics.filter((found) => found.field === field || found.field?.startsWith(`${field}.`));
  const stray = diagnostics.filter((found) => !own.includes(found)).map((found) => `${found.field}: ${found.message}`);
  const isRefused = own.some(({ severity }) => severity === 'error');
  return { verdict: isRefused ? 'refused' : own.length > 0 ? 'warned' : 'works', stray };
}

/** README's tables: what validation says of each field, and why. */
export function formatFieldTables(): string {
  return fieldGroups.map(formatGroup).join('\n');
}

function formatGroup(group: FieldGroup): string {
  const rows = Object.entries(group.notes).map(([name, { why }]) => {
    const { verdict } = judgeField(group, name);
    return `| \`${name}\` | ${verdict} | ${why} |`;
  });
  return [`| ${group.title} | | |`, '|---|---|---|', ...rows, ''].join('\n');
}
