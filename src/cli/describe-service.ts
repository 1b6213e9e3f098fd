/** `kubectl describe service`'s page below its head, fields separated by tabs, and which of the pods that it selects get nothing, and why. */
import type { ServicePortSpec } from '../model/service-spec.ts';
import type { EndpointsObject, PodObject, ServiceObject } from '../protocol/objects.ts';
import { describeMap } from './describe-map.ts';
import { formatEndpoints, readyEndpoints } from './endpoint-row.ts';
import { type Fields, fieldsOf, text } from './loose-values.ts';
import { explainNotReady } from './not-ready.ts';
import { hasCondition } from './pod-row.ts';

/** What podd tells beside the Service itself. */
export interface ServiceSurroundings {
  /** absent: nobody can stand behind it */
  readonly endpoints?: EndpointsObject;
  /** that it selects */
  readonly pods: readonly PodObject[];
}

export function describeService(
  { spec }: ServiceObject,
  { endpoints, pods }: ServiceSurroundings = { pods: [] },
): readonly string[] {
  const { clusterIP, clusterIPs = [], ipFamilyPolicy, ipFamilies = [], externalIPs = [], externalName } = spec;
  return [
    ...describeMap('Selector', spec.selector, '='),
    `Type:\t${spec.type ?? 'ClusterIP'}`,
    ...(ipFamilyPolicy === undefined ? [] : [`IP Family Policy:\t${ipFamilyPolicy}`]),
    ...(ipFamilies.length === 0 ? [] : [`IP Families:\t${ipFamilies.join(',')}`]),
    ...(clusterIP === undefined ? [] : [`IP:\t${clusterIP}`, `IPs:\t${clusterIPs.join(',') || '<none>'}`]),
    ...(externalIPs.length === 0 ? [] : [`External IPs:\t${externalIPs.join(',')}`]),
    ...(externalName === undefined ? [] : [`External Name:\t${externalName}`]),
    ...(spec.ports ?? []).flatMap((port) => describePort(port, endpoints)),
    ...((spec.ports ?? []).length === 0 ? [`Endpoints:\t${endpointsText(endpoints)}`] : []),
    `Session Affinity:\t${spec.sessionAffinity ?? 'None'}`,
    ...describePolicies(fieldsOf(spec)),
    ...describeUnserved(pods),
  ];
}

/** They are read and shown: all endpoints are on this machine. */
const describePolicies = ({ externalTrafficPolicy, internalTrafficPolicy, trafficDistribution }: Fields): string[] => [
  ...(externalTrafficPolicy === undefined ? [] : [`External Traffic Policy:\t${text(externalTrafficPolicy)}`]),
  ...(internalTrafficPolicy === undefined ? [] : [`Internal Traffic Policy:\t${text(internalTrafficPolicy)}`]),
  ...(trafficDistribution === undefined ? [] : [`Traffic Distribution:\t${text(trafficDistribution)}`]),
];

function describePort(port: ServicePortSpec, endpoints: EndpointsObject | undefined): readonly string[] {
  const { name, port: number, protocol = 'TCP', targetPort = number, nodePort } = port;
  const shown = name ?? '<unset>';
  const of = { protocol, ...(name === undefined ? {} : { name }) };
  return [
    `Port:\t${shown}  ${number}/${protocol}`,
    `TargetPort:\t${targetPort}/${protocol}`,
    ...(nodePort === undefined ? [] : [`NodePort:\t${shown}  ${nodePort}/${protocol}`]),
    `Endpoints:\t${endpointsText(endpoints, of)}`,
  ];
}

const endpointsText = (endpoints: EndpointsObject | undefined, of?: Parameters<typeof readyEndpoints>[1]): string =>
  formatEndpoints(endpoints === undefined ? [] : readyEndpoints(endpoints, of));

/** A pod that is ready, and lacks the named port, stands in no line of endpoints: the apply warned of it. */
function describeUnserved(pods: readonly PodObject[]): readonly string[] {
  const unserved = pods.filter(
    (pod) => pod.metadata.deletionTimestamp !== undefined || !hasCondition(pod.status, 'Ready'),
  );
  if (pods.length === 0 || unserved.length === 0) return [];
  return [
    'Not Ready:',
    ...unserved.flatMap((pod) => {
      const why = pod.metadata.deletionTimestamp === undefined ? explainNotReady(pod) : ['is being deleted'];
      return [`  ${pod.metadata.name}: ${why[0] ?? ''}`, ...why.slice(1).map((line) => `    ${line}`)];
    }),
  ];
}
