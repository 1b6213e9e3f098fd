/** podnet with a client of the test's own, beside any podd: at addresses of 127.0.0.0/8, in directories of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type InstancePaths, instancePaths } from '../../src/model/instance-paths.ts';
import { createPodnet, type Podnet } from '../../src/network/podnet-client.ts';
import type { PodnetWanted } from '../../src/protocol/podnet.ts';
import { allPids, readProc } from './processes.ts';
import { inRepository } from './repository.ts';
import { waitFor } from './wait-for.ts';

export class PodnetBench {
  readonly base = mkdtempSync('/tmp/pn-');
  readonly paths: InstancePaths;
  readonly log: string[] = [];
  troubles = 0;
  readonly #clients: Podnet[] = [];

  constructor() {
    this.paths = instancePaths({ PODCTL_ROOT: join(this.base, 'root'), PODCTL_RUN: join(this.base, 'run') });
  }

  /** As one podd has it; `close` it before the next one comes. */
  client(): Podnet {
    const onTrouble = (): void => {
      this.troubles++;
    };
    const client = createPodnet({ paths: this.paths, log: (line) => this.log.push(line), onTrouble });
    this.#clients.push(client);
    return client;
  }

  /** A podd of its own process, to be killed: it wants this and prints podnet's pid. */
  spawnClient(wanted: PodnetWanted): ChildProcess {
    const module = inRepository('dist/network/podnet-client.js');
    const script = `
      const { createPodnet } = await import(${JSON.stringify(module)});
      const [paths, wanted] = JSON.parse(process.argv[1]);
      const podnet = createPodnet({ paths, log: () => {}, onTrouble: () => {} });
      podnet.want(wanted);
      await podnet.settled();
      console.log(podnet.pid());
      setInterval(() => {}, 60_000);`;
    const given = JSON.stringify([this.paths, wanted]);
    return spawn(process.execPath, ['--input-type=module', '-e', script, given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** All podnets of these directories that live, however they came to be. */
  pids(): number[] {
    const mine = `PODCTL_RUN=${this.paths.run}\0`;
    return allPids().filter((pid) => (readProc(pid, 'environ') ?? '').includes(mine));
  }

  /** Ends podnet as podd does with the last networked pod; fails when a process is left. */
  async stop(): Promise<void> {
    const last = this.client();
    try {
      await last.end();
      await Promise.all(this.#clients.map((client) => client.close()));
      await waitFor(`no podnet of ${this.base} is left`, () => this.pids().length === 0, 10_000);
    } finally {
      for (const pid of this.pids()) process.kill(pid, 'SIGKILL');
      rmSync(this.base, { recursive: true, force: true });
    }
  }
}

/** Asks this resolver only, once. */
export function resolverAt(address: string, timeoutMs = 3_000): Resolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([address]);
  return resolver;
}
