/** The variables that Kubernetes gives programs for each Service of their namespace (enableServiceLinks; kubelet envvars.FromServices). Pure. */
import type { ServiceManifest } from '../model/object-manifest.ts';
import type { ServicePortSpec } from '../model/service-spec.ts';

/** Of Services that have an address; those of docker's links are among them. */
export function serviceLinks(services: readonly ServiceManifest[]): Readonly<Record<string, string>> {
  return Object.fromEntries(services.flatMap(linksOf));
}

type Variable = readonly [name: string, value: string];

function linksOf({ metadata, spec }: ServiceManifest): readonly Variable[] {
  const { clusterIP, ports = [] } = spec;
  const [first] = ports;
  if (!clusterIP || clusterIP === 'None' || first === undefined || spec.type === 'ExternalName') return [];
  const prefix = variableName(metadata.name);
  return [
    [`${prefix}_SERVICE_HOST`, clusterIP],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...ports.flatMap(({ name, port }): Variable[] =>
      name ? [[`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)]] : [],
    ),
    [`${prefix}_PORT`, url(first, clusterIP)],
    ...ports.flatMap((port) => dockerLink(`${prefix}_PORT`, port, clusterIP)),
  ];
}

function dockerLink(prefix: string, port: ServicePortSpec, host: string): readonly Variable[] {
  const { protocol = 'TCP' } = port;
  const name = `${prefix}_${port.port}_${protocol}`;
  return [
    [name, url(port, host)],
    [`${name}_PROTO`, protocol.toLowerCase()],
    [`${name}_PORT`, String(port.port)],
    [`${name}_ADDR`, host],
  ];
}

const variableName = (name: string): string => name.toUpperCase().replaceAll('-', '_');

const url = ({ protocol = 'TCP', port }: ServicePortSpec, host: string): string =>
  `${protocol.toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}`;
