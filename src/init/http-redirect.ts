/** Where a redirect leads a probe, as the kubelet's client goes (Go's net/http and pkg/probe/http RedirectChecker). Pure. */
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { requestTarget } from './http-exchange.ts';

type HttpHandler = Extract<ProbeHandlerSpec, { kind: 'httpGet' }>;

export type Redirect =
  /** the same host: it is asked next */
  | { readonly kind: 'next'; readonly handler: HttpHandler }
  /** another host is not the container's to answer for */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'bad'; readonly message: string };

/** Statuses whose Location is followed. */
export const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** `location` is as it stands in the answer, its bytes as latin1. */
export function followRedirect(handler: HttpHandler, location: string): Redirect {
  const text = Buffer.from(location, 'latin1').toString('utf8');
  const here = parseUrl(urlOf(handler));
  const next = parseUrl(text, here);
  if (here === undefined || next === undefined)
    return { kind: 'bad', message: `failed to parse Location header ${JSON.stringify(text)}` };
  if (next.hostname !== here.hostname) return { kind: 'elsewhere' };
  const scheme = next.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https')
    return { kind: 'bad', message: `unsupported protocol scheme ${JSON.stringify(scheme)}` };
  return {
    kind: 'next',
    handler: {
      ...handler,
      scheme,
      port: next.port === '' ? defaultPorts[scheme] : Number(next.port),
      path: `${next.pathname}${next.search}`,
      // a Host of the probe's own is for where it was written for
      headers: isAbsolute.test(text) ? handler.headers.filter(([name]) => !isHost.test(name)) : handler.headers,
    },
  };
}

/** What is asked, for people and as the base of relative locations. A zone belongs to this machine, and to no URL. */
export function urlOf({ scheme, host, port, path }: HttpHandler): string {
  const name = host.replace(/%.*$/, '');
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}${requestTarget(path)}`;
}

const defaultPorts = { http: 80, https: 443 } as const;
const isAbsolute = /^[a-z][a-z0-9+.-]*:/i;
const isHost = /^host$/i;

function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
