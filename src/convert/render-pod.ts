/**
 * A pod of podctl.dev/v1 as Kubernetes knows it. What has no counterpart is left out with a warning at its place; what Kubernetes could not
 * run at all is an error. Programs go into a ConfigMap of their own, and podinit runs them as the container's command. Pure.
 */
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import { type Fields, listOf, mapOf, withoutKeys } from './loose-fields.ts';
import { renderContainer } from './render-container.ts';
import { podinitDirectory, podinitVolume, programsVolume, type RenderContext, type Rendered } from './render-words.ts';

const podLists = ['initContainers', 'containers'] as const;

/** The pod's spec, labels that it needs, and the objects that it needs beside it. */
export function renderPod(context: RenderContext): Rendered & { readonly spec: Fields; readonly labels: Fields } {
  const { podSpec, path, name, podinitImage } = context;
  const lists = podLists.map((list) =>
    listOf(podSpec[list]).map((container, index) => renderContainer(mapOf(container), [...path, list, index], context)),
  );
  const parts = lists.flat();
  const programs = Object.assign({}, ...parts.map((part) => part.programs)) as Readonly<Record<string, string>>;
  const carriesPrograms = Object.keys(programs).length > 0;
  const [inits = [], mains = []] = lists.map((list) => list.map(({ fields }) => fields));
  const helper = carriesPrograms && podinitImage !== undefined ? [podinitContainer(podinitImage)] : [];
  const allInits = [...helper, ...inits];
  const volumes = [...listOf(podSpec.volumes), ...(carriesPrograms ? ownVolumes(name, helper.length > 0) : [])];
  const isAlone = podSpec.network === 'none';
  const labels = isAlone ? { 'podctl.dev/network': name } : {};
  return {
    spec: {
      ...withoutKeys(podSpec, ['backoff', 'network', 'initContainers', 'containers', 'volumes']),
      ...Object.assign({}, ...parts.map(({ pod }) => pod)),
      ...(allInits.length > 0 ? { initContainers: allInits } : {}),
      containers: mains,
      ...(volumes.length > 0 ? { volumes } : {}),
    },
    labels,
    objects: [...(carriesPrograms ? [programsMap(name, programs)] : []), ...(isAlone ? [isolation(name, labels)] : [])],
    errors: parts.flatMap(({ errors }) => errors),
    warnings: [...podWarnings(podSpec, path), ...parts.flatMap(({ warnings }) => warnings)],
  };
}

function podWarnings({ backoff, network }: Fields, path: FieldPath): readonly FieldProblem[] {
  return [
    ...(backoff === undefined
      ? []
      : [
          fieldProblem([...path, 'backoff'], 'Kubernetes has its own numbers (10s doubling to 5m), left out', {
            at: 'key',
          }),
        ]),
    ...(network === 'none'
      ? [
          fieldProblem([...path, 'network'], 'becomes a NetworkPolicy that lets nothing in or out', {
            hint: 'the cluster’s network has to enforce policies',
          }),
        ]
      : []),
  ];
}

const ownVolumes = (name: string, isHanded: boolean): readonly Fields[] => [
  { name: programsVolume, configMap: { name: mapName(name) } },
  ...(isHanded ? [{ name: podinitVolume, emptyDir: {} }] : []),
];

const mapName = (name: string): string => `${name}-podinit`;

const programsMap = (name: string, data: Fields): Fields => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: mapName(name) },
  data,
});

const podinitContainer = (image: string): Fields => ({
  name: 'podinit',
  image,
  command: ['cp', '-a', `${podinitDirectory}/.`, '/handed'],
  volumeMounts: [{ name: podinitVolume, mountPath: '/handed' }],
});

const isolation = (name: string, matchLabels: Fields): Fields => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: `${name}-network-none` },
  spec: { podSelector: { matchLabels }, policyTypes: ['Ingress', 'Egress'] },
});
