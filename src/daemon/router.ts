/** Finds the route of a request; pure. */
import { err, ok, type Result } from '../util/result.ts';
import type { Route } from './api-context.ts';
import { ApiError } from './status-errors.ts';

export interface RouteMatch<R> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** The route for a method and path, or the methods the path does have (none: no such path). Throws ApiError on bad percent-encoding. */
export function matchRoute<R extends Pick<Route, 'method' | 'path'>>(
  routes: readonly R[],
  method: string,
  pathname: string,
): Result<RouteMatch<R>, readonly string[]> {
  const segments = splitPath(pathname).map(decodeSegment);
  const allowed: string[] = [];
  for (const route of routes) {
    const params = matchPath(splitPath(route.path), segments);
    if (params === undefined) continue;
    if (route.method === method) return ok({ route, params });
    allowed.push(route.method);
  }
  return err(allowed);
}

// kubectl and client libraries leave trailing slashes at times; empty segments carry no meaning in this API.
function splitPath(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError('BadRequest', `"${segment}" in the path is not valid percent-encoding`);
  }
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (expected.startsWith(':')) params[expected.slice(1)] = actual;
    else if (expected !== actual) return undefined;
  }
  return params;
}
