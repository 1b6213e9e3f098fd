/** What a machine's network is made of, as texts to compare: links, addresses, routes, rules, nftables, switches. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';

/** Everything, one line each, sorted where the kernel keeps no order. Counters and times are left out. */
export function describeMachineNetwork(): readonly string[] {
  return [
    ...lines('ip', ['-o', 'link', 'show']).map((line) => `link ${line.replace(/ (qlen|state) \S+/g, '')}`),
    ...lines('ip', ['-o', 'address', 'show']).map(
      (line) => `address ${line.replace(/(valid|preferred)_lft \S+/g, '')}`,
    ),
    ...['-4', '-6'].flatMap((family) => [
      ...lines('ip', [family, 'route', 'show', 'table', 'all']).map(
        (line) => `route ${line.replace(/ expires \S+/, '')}`,
      ),
      ...lines('ip', [family, 'rule', 'show']).map((line) => `rule ${line}`),
      ...lines('ip', [family, 'neighbour', 'show', 'nud', 'permanent']).map((line) => `neighbour ${line}`),
    ]),
    ...lines('nft', ['list', 'tables']).map((line) => `nft ${line}`),
    ...switches('/proc/sys/net/ipv4'),
    ...switches('/proc/sys/net/ipv6'),
  ].sort();
}

const lines = (command: string, args: readonly string[]): string[] =>
  execaSync(command, args)
    .stdout.split('\n')
    .filter((line) => line !== '');

/** Files of conf/<link>/ and ip_forward. */
function switches(directory: string): string[] {
  const conf = readdirSync(join(directory, 'conf')).flatMap((link) =>
    readdirSync(join(directory, 'conf', link)).map((file) => join(directory, 'conf', link, file)),
  );
  return [...conf, join(directory, 'ip_forward')].flatMap((path) => {
    try {
      return `switch ${path} ${readFileSync(path, 'utf8').trim()}`;
    } catch {
      // stable_secret has nothing to read until it is set; ip_forward is IPv4's.
      return [];
    }
  });
}
