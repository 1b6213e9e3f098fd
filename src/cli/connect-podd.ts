import { instancePaths } from '../model/instance-paths.ts';
import { type Client, createClient } from './client.ts';

/** A client that starts podd when nothing answers. */
export function connectPodd(env: Readonly<Record<string, string | undefined>>): Client {
  const paths = instancePaths(env);
  return createClient(paths.socket, async () => {
    const { ensureDaemon } = await import('./ensure-daemon.ts');
    await ensureDaemon(paths);
  });
}
