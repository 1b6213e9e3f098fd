/** Where a pod is reached, and how its link is. */
import { bandwidthAnnotations } from '../manifest/bandwidth.ts';
import type { PodObject } from '../protocol/objects.ts';
import { portUrl } from '../util/port-url.ts';
import { records, text } from './loose-values.ts';
import { specContainers } from './pod-row.ts';

/** kubectl's IP and IPs, then podctl's own lines; `link`: of this machine's end of the pod's link. */
export function describeNetwork(pod: PodObject, link: string | undefined): string[] {
  const { podIP, podIPs = [] } = pod.status;
  if (podIP === undefined) return [];
  return [
    `IP:\t${podIP}`,
    'IPs:',
    ...podIPs.map(({ ip }) => `  IP:\t${ip}`),
    ...(link === undefined ? [] : [`Link:\t${link} on this machine, eth0 in the pod`]),
    ...describeBandwidth(pod),
    ...describeUrls(pod),
  ];
}

function describeBandwidth({ metadata, spec }: PodObject): string[] {
  if (spec.hostNetwork === true) return [];
  const { ingressBps, egressBps } = bandwidthAnnotations;
  const words = [
    [metadata.annotations?.[ingressBps], 'in'],
    [metadata.annotations?.[egressBps], 'out'],
  ].flatMap(([rate, way]) => (rate === undefined ? [] : [`${rate}bit/s ${way}`]));
  return words.length === 0 ? [] : [`Bandwidth:\t${words.join(', ')}`];
}

function describeUrls(pod: PodObject): string[] {
  const ports = specContainers(pod).flatMap((container) => records(container.ports));
  const isHost = pod.spec.hostNetwork === true;
  const urls = ports.flatMap((port) => {
    const number = port.hostPort ?? (isHost ? port.containerPort : undefined);
    const isTcp = (port.protocol ?? 'TCP') === 'TCP';
    if (typeof number !== 'number' || number === 0 || !isTcp) return [];
    return [portUrl(number, port.hostIP === undefined ? undefined : text(port.hostIP))];
  });
  return [...new Set(urls)].map((url, index) => `${index === 0 ? 'Published:' : ''}\t${url}`);
}
