/** Endpoints and EndpointSlices: computed out of Services and pods for each request, so they can be read and not watched. */
import { hostname } from 'node:os';
import { apiRoot } from '../model/object-kinds.ts';
import { planEndpointSlices, planEndpoints } from '../network/plan-endpoints.ts';
import type { EndpointSliceObject, EndpointsObject } from '../protocol/objects.ts';
import { groupBy } from '../util/group-by.ts';
import type { ApiCall, Route } from './api-context.ts';
import { networkPodOf } from './network-pod-of.ts';
import { flagOf } from './query.ts';
import { sendJson } from './respond.ts';
import { byNamespaceAndName, dataSelection } from './select-objects.ts';
import { ApiError, objectNotFound } from './status-errors.ts';

type Computed = EndpointsObject | EndpointSliceObject;

interface ComputedKind {
  readonly apiVersion: 'v1' | 'discovery.k8s.io/v1';
  readonly kind: 'Endpoints' | 'EndpointSlice';
  readonly resource: 'endpoints' | 'endpointslices';
  readonly compute: (...args: Parameters<typeof planEndpoints>) => readonly Computed[];
}

const kinds: readonly ComputedKind[] = [
  {
    ...{ apiVersion: 'v1', kind: 'Endpoints', resource: 'endpoints' },
    compute: (...args) => [planEndpoints(...args)].filter((one) => one !== undefined),
  },
  {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', resource: 'endpointslices' },
    compute: planEndpointSlices,
  },
];

export const endpointRoutes: readonly Route[] = kinds.flatMap((kind): Route[] => {
  const root = apiRoot(kind.apiVersion);
  const some = `${root}/namespaces/:namespace/${kind.resource}`;
  return [
    { method: 'GET', path: `${root}/${kind.resource}`, produces: 'json', run: (call) => listComputed(call, kind) },
    { method: 'GET', path: some, produces: 'json', run: (call) => listComputed(call, kind) },
    { method: 'GET', path: `${some}/:name`, produces: 'json', run: (call) => getComputed(call, kind) },
  ];
});

function listComputed(call: ApiCall, { kind, apiVersion, resource, compute }: ComputedKind): void {
  if (flagOf(call.query, 'watch'))
    throw new ApiError('MethodNotAllowed', `${resource} are computed when they are asked for: they cannot be watched`);
  const selects = dataSelection(call);
  const items = computeAll(call, compute).filter(selects).sort(byNamespaceAndName);
  const metadata = { resourceVersion: call.context.reconciler.resourceVersion() };
  sendJson(call.response, 200, { apiVersion, kind: `${kind}List`, metadata, items });
}

function getComputed(call: ApiCall, { resource, compute }: ComputedKind): void {
  const { namespace, name = '' } = call.params;
  const found = computeAll(call, compute).find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  if (found === undefined) throw objectNotFound(resource, name);
  sendJson(call.response, 200, found);
}

function computeAll({ context }: ApiCall, compute: ComputedKind['compute']): readonly Computed[] {
  const { reconciler } = context;
  const pods = groupBy([...reconciler.list()].sort(byNamespaceAndName).map(networkPodOf), ({ namespace }) => namespace);
  const services = reconciler.data.list('Service');
  return services.flatMap((service) => compute(service, pods.get(service.metadata.namespace) ?? [], hostname()));
}
