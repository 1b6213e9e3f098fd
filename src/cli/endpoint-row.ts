/** Endpoints as kubectl's table shows them. */
import type { EndpointPort, EndpointsObject } from '../protocol/objects.ts';
import { formatSince } from './age.ts';

/** kubectl shows so many. */
const shown = 3;

export const endpointHeaders = (showNamespace: boolean): readonly string[] => [
  ...(showNamespace ? ['NAMESPACE'] : []),
  ...['NAME', 'ENDPOINTS', 'AGE'],
];

export function endpointRow(object: EndpointsObject, nowMs: number, showNamespace: boolean): readonly string[] {
  const { name, namespace, creationTimestamp } = object.metadata;
  return [
    ...(showNamespace ? [namespace] : []),
    ...[name, formatEndpoints(readyEndpoints(object)), formatSince(creationTimestamp, nowMs)],
  ];
}

/** `10.99.0.5:80,10.99.0.6:80 + 2 more...` */
export function formatEndpoints(endpoints: readonly string[]): string {
  if (endpoints.length === 0) return '<none>';
  const more = endpoints.length > shown ? ` + ${endpoints.length - shown} more...` : '';
  return endpoints.slice(0, shown).join(',') + more;
}

/** `address:port` of the pods that are ready; of one of the Service's ports, or of all. */
export function readyEndpoints({ subsets }: EndpointsObject, of?: Pick<EndpointPort, 'name' | 'protocol'>): string[] {
  return subsets.flatMap(({ addresses = [], ports }) => {
    const matching = ports?.filter(
      ({ name, protocol }) => of === undefined || (name === of.name && protocol === of.protocol),
    );
    return addresses.flatMap(({ ip }) => matching?.map(({ port }) => `${ip}:${port}`) ?? [ip]);
  });
}
