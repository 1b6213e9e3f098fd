/** What is told of changes of Services, and what Kubernetes refuses to change of them. Pure. */
import { type FieldProblem, fieldProblem, invalid } from '../manifest/field-problem.ts';
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { ServicePortSpec, ServiceSpec } from '../model/service-spec.ts';
import { formatAddress, parseAddress } from '../util/cidr.ts';
import type { DataMeaning } from './data-meaning.ts';

/** With Kubernetes' defaults (core/v1 SetDefaults_Service); addresses and ports are allocate-service.ts's. */
export const serviceMeaning: DataMeaning<ServiceManifest> = {
  stored: storedService,
  document: ({ spec }) => ({ spec }),
  tell: (change) => ({ ...change, why: 'holds for new connections, those that exist go on' }),
  checkUpdate: checkAddresses,
};

/** Kubernetes DefaultClientIPServiceAffinitySeconds: 3 hours */
const affinitySeconds = 10_800;

function storedService({ apiVersion, kind, metadata, spec: written }: ServiceManifest): ServiceManifest {
  const given = withoutEmpty(written);
  const { type = 'ClusterIP', sessionAffinity = 'None', sessionAffinityConfig, ports, externalIPs } = given;
  const clusterIP = given.clusterIP ?? given.clusterIPs?.[0];
  const clusterIPs = given.clusterIPs ?? [clusterIP ?? ''];
  const timeoutSeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySeconds;
  const spec: ServiceSpec = {
    ...given,
    ...{ type, sessionAffinity },
    ...(sessionAffinity === 'ClientIP' ? { sessionAffinityConfig: { clientIP: { timeoutSeconds } } } : {}),
    ...(ports === undefined ? {} : { ports: ports.map((port) => storedPort(withoutEmpty(port))) }),
    ...(clusterIP === undefined ? {} : { clusterIP: shortest(clusterIP), clusterIPs: clusterIPs.map(shortest) }),
    ...(externalIPs === undefined ? {} : { externalIPs: externalIPs.map(shortest) }),
  };
  return { apiVersion, kind, metadata, spec };
}

const storedPort = ({ protocol = 'TCP', targetPort, ...port }: ServicePortSpec): ServicePortSpec => ({
  ...port,
  ...{ protocol, targetPort: targetPort ?? port.port },
});

/** Kubernetes reads "" and 0 as "not given". */
function withoutEmpty<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => !isEmpty(field))) as T;
}

const isEmpty = (field: unknown): boolean =>
  field === '' || field === 0 || (typeof field === 'object' && field !== null && Object.keys(field).length === 0);

function shortest(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

/** Kubernetes: addresses and families may not change once set, but by way of ExternalName. */
function checkAddresses(
  { spec: from, metadata }: ServiceManifest,
  { spec: to }: ServiceManifest,
): readonly FieldProblem[] {
  if (from.type === 'ExternalName' || to.type === 'ExternalName' || from.clusterIP === undefined) return [];
  const hint = `it is ${from.clusterIP}; podctl delete service ${metadata.name} removes it, apply then makes it anew`;
  return [...changedAddresses(from, to, hint), ...changedFamily(from, to)];
}

/** What is left out stays as it is; `None` that is left out is a change too. */
function changedAddresses(from: ServiceSpec, to: ServiceSpec, hint: string): readonly FieldProblem[] {
  const had = from.clusterIPs ?? [];
  const wanted = to.clusterIPs ?? (from.clusterIP === 'None' ? [''] : []);
  return wanted.flatMap((address, index) => {
    if (had[index] === undefined || address === had[index]) return [];
    const path = index === 0 ? ['spec', 'clusterIP'] : ['spec', 'clusterIPs', index];
    const told = ['spec', 'clusterIPs', index];
    return [fieldProblem(path, invalid(to.clusterIPs ?? [], 'may not change once set'), { told, hint })];
  });
}

/** A headless Service may have other families. */
function changedFamily(from: ServiceSpec, to: ServiceSpec): readonly FieldProblem[] {
  const [[had], [wanted]] = [from.ipFamilies ?? [], to.ipFamilies ?? []];
  const isHeadless = from.clusterIP === 'None' || to.clusterIP === 'None';
  if (isHeadless || had === undefined || wanted === undefined || had === wanted) return [];
  return [fieldProblem(['spec', 'ipFamilies', 0], invalid(to.ipFamilies, 'may not change once set'))];
}
