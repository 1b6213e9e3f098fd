/** `kubectl describe service`'s page below its head. */
import type { ServicePortSpec } from '../model/service-spec.ts';
import type { ServiceObject } from '../protocol/api.ts';
import { describeMap } from './describe-map.ts';
import { alignColumns, describeColumns } from './tab-columns.ts';

export function describeService({ spec }: ServiceObject): readonly string[] {
  const { clusterIP, clusterIPs = [], ipFamilyPolicy, ipFamilies = [], externalIPs = [], externalName } = spec;
  const lines = [
    ...describeMap('Selector', spec.selector, '='),
    `Type:\t${spec.type ?? 'ClusterIP'}`,
    ...(ipFamilyPolicy === undefined ? [] : [`IP Family Policy:\t${ipFamilyPolicy}`]),
    ...(ipFamilies.length === 0 ? [] : [`IP Families:\t${ipFamilies.join(',')}`]),
    ...(clusterIP === undefined ? [] : [`IP:\t${clusterIP}`, `IPs:\t${clusterIPs.join(',') || '<none>'}`]),
    ...(externalIPs.length === 0 ? [] : [`External IPs:\t${externalIPs.join(',')}`]),
    ...(externalName === undefined ? [] : [`External Name:\t${externalName}`]),
    ...(spec.ports ?? []).flatMap(describePort),
    `Session Affinity:\t${spec.sessionAffinity ?? 'None'}`,
  ];
  return alignColumns(lines, describeColumns);
}

function describePort({ name = '<unset>', port, protocol = 'TCP', targetPort = port, nodePort }: ServicePortSpec) {
  return [
    `Port:\t${name}  ${port}/${protocol}`,
    `TargetPort:\t${targetPort}/${protocol}`,
    ...(nodePort === undefined ? [] : [`NodePort:\t${name}  ${nodePort}/${protocol}`]),
  ];
}
