/** What kubectl and client libraries ask first: versions, groups, resources (Kubernetes API discovery). */
import { dataKinds, kindNames, namesOf } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';
import type { ApiCall, Route } from './api-context.ts';
import { sendJson, sendText } from './respond.ts';

/** GET /healthz: answered once podd serves. */
export function getHealth(call: ApiCall): void {
  sendText(call.response, 'ok');
}

/** GET /version. */
export function getVersion(call: ApiCall): void {
  const { version } = call.context;
  const [major = '0', minor = '0'] = version.split('.');
  const architecture = goArchitectures[process.arch] ?? process.arch;
  sendJson(call.response, 200, { gitVersion: `v${version}`, major, minor, platform: `linux/${architecture}` });
}

/** GET /api. */
export function getCoreVersions(call: ApiCall): void {
  sendJson(call.response, 200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
}

/** GET /apis. */
export function getGroups(call: ApiCall): void {
  sendJson(call.response, 200, { kind: 'APIGroupList', apiVersion: 'v1', groups: Object.keys(groups).map(groupOf) });
}

/** GET /apis/GROUP and /apis/GROUP/v1, of each group. */
export function groupRoutes(): readonly Route[] {
  return Object.entries(groups).flatMap(([name, resources]): Route[] => [
    {
      ...{ method: 'GET', path: `/apis/${name}`, produces: 'json' },
      run: ({ response }) => sendJson(response, 200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) }),
    },
    {
      ...{ method: 'GET', path: `/apis/${name}/v1`, produces: 'json' },
      run: ({ response }) => sendJson(response, 200, resourceList(`${name}/v1`, resources)),
    },
  ]);
}

function groupOf(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

const resourceList = (groupVersion: string, resources: readonly object[]): object => ({
  ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources },
});

/** GET /api/v1. */
export function getCoreResources(call: ApiCall): void {
  sendJson(call.response, 200, resourceList('v1', coreResources));
}

// Go's GOARCH for Node's process.arch, where they differ.
const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'update', 'watch'];

function describeKind(kind: DataKind): readonly object[] {
  const { resource, singular, shortNames, isClusterScoped, isOfAll, hasStatus, hasScale } = namesOf(kind);
  const categories = isOfAll ? { categories: ['all'] } : {};
  const namespaced = isClusterScoped === undefined;
  const below = (sub: string, verbs: readonly string[], scale = {}): object => ({
    ...{ name: `${resource}/${sub}`, singularName: '', namespaced, kind, verbs, ...scale },
  });
  return [
    { name: resource, singularName: singular, namespaced, kind, verbs: allVerbs, shortNames, ...categories },
    ...(hasStatus ? [below('status', ['get'])] : []),
    ...(hasScale ? [below('scale', ['get', 'update'], { group: 'autoscaling', version: 'v1', kind: 'Scale' })] : []),
  ];
}

const kindsOf = (apiVersion: string): readonly object[] =>
  dataKinds.filter((kind) => kindNames[kind].apiVersion === apiVersion).flatMap(describeKind);

const coreResources = [
  ...kindsOf('v1'),
  {
    ...{ name: 'endpoints', singularName: 'endpoints', namespaced: true, kind: 'Endpoints' },
    ...{ verbs: ['get', 'list'], shortNames: ['ep'] },
  },
  {
    name: 'events',
    singularName: 'event',
    namespaced: true,
    kind: 'Event',
    verbs: ['list', 'watch'],
    shortNames: ['ev'],
  },
  {
    name: 'pods',
    singularName: 'pod',
    namespaced: true,
    kind: 'Pod',
    verbs: allVerbs,
    shortNames: ['po'],
    categories: ['all'],
  },
  { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
  { name: 'pods/status', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get', 'patch', 'update'] },
];

/** apply and system are called, not stored: they are no resources. */
const podctlResources = [
  { name: 'programs', singularName: 'program', namespaced: true, kind: 'ProgramGroup', verbs: ['list'] },
  { name: 'pods/control', singularName: '', namespaced: true, kind: 'ControlRequest', verbs: ['create'] },
  { name: 'pods/resources', singularName: '', namespaced: true, kind: 'ResourcesRequest', verbs: ['create'] },
  { name: 'pods/scale', singularName: '', namespaced: true, kind: 'ScaleRequest', verbs: ['create'] },
  { name: 'pods/sync', singularName: '', namespaced: true, kind: 'SyncRequest', verbs: ['create'] },
  { name: 'pods/why', singularName: '', namespaced: true, kind: 'WhyResponse', verbs: ['get'] },
  { name: 'usage', singularName: 'usage', namespaced: true, kind: 'PodUsage', verbs: ['list'] },
];

const groups: Readonly<Record<string, readonly object[]>> = {
  'podctl.dev': podctlResources,
  apps: kindsOf('apps/v1'),
  batch: kindsOf('batch/v1'),
  'networking.k8s.io': kindsOf('networking.k8s.io/v1'),
  'discovery.k8s.io': [
    {
      ...{ name: 'endpointslices', singularName: 'endpointslice', namespaced: true, kind: 'EndpointSlice' },
      verbs: ['get', 'list'],
    },
  ],
};
