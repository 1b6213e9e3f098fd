/** A directory with manifests and sources, and the `podctl dev` processes that work on it. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { ProgramGroup } from '../../src/protocol/api.ts';
import { DevProcess, type DevProcessOptions } from './dev-process.ts';
import { type Instance, startInstance } from './instance.ts';
import { aContainer, aPod, yamlOf } from './manifest.ts';
import { inRepository } from './repository.ts';

export interface Workshop {
  readonly instance: Instance;
  /** empty at the begin of each test */
  readonly dir: string;
  /** path of the command */
  readonly podctl: string;
  /** podctl in the directory; killed at the end of the test, should it still run */
  readonly start: (args: readonly string[], options?: DevProcessOptions) => DevProcess;
  readonly dev: (...args: readonly string[]) => DevProcess;
  /** As editors do: the new file takes the place of the old one. What processes said before counts no more (DevProcess.mark). */
  readonly save: (name: string, text: string) => void;
  readonly edit: (name: string, from: string, to: string) => void;
  /** of all programs of a pod, by label, on the host */
  readonly pids: (pod: string) => Promise<Readonly<Record<string, number | undefined>>>;
}

/** One instance for the tests of a file; afterwards it proves that nothing is left. */
export function useWorkshop(): Workshop {
  const running: DevProcess[] = [];
  let instance: Instance | undefined;
  let dir = '';
  let count = 0;
  const here = (): Instance => {
    if (instance === undefined) throw new Error('no instance yet');
    return instance;
  };
  beforeAll(async () => {
    instance = await startInstance();
  });
  beforeEach(() => {
    dir = join(here().base, `work-${count++}`);
    mkdirSync(dir);
  });
  afterEach(async () => {
    for (const process of running.splice(0)) await process.kill();
    await here().deleteAll();
  });
  afterAll(() => instance?.stop());
  const start: Workshop['start'] = (args, options) => {
    const process = new DevProcess(here(), args, { cwd: dir, ...options });
    running.push(process);
    return process;
  };
  const save: Workshop['save'] = (name, text) => {
    for (const process of running) process.mark();
    writeFileSync(join(dir, `${name}.new~`), text);
    renameSync(join(dir, `${name}.new~`), join(dir, name));
  };
  return {
    get instance() {
      return here();
    },
    get dir() {
      return dir;
    },
    podctl: inRepository('bin/podctl'),
    start,
    dev: (...args) => start(['dev', ...args]),
    save,
    edit: (name, from, to) => {
      const text = readFileSync(join(dir, name), 'utf8');
      expect(text).toContain(from);
      save(name, text.replaceAll(from, to));
    },
    pids: async (pod) => {
      const { body } = await here().api('GET', `/apis/podctl.dev/v1/namespaces/default/programs?pod=${pod}`);
      const programs = (body as { items: ProgramGroup[] }).items.flatMap((group) => group.programs);
      return Object.fromEntries(programs.map(({ label, hostPid }) => [label, hostPid]));
    },
  };
}

/** Pod shop with container app of these programs. */
export const shopOf = (...processes: readonly unknown[]): string =>
  yamlOf(aPod({ name: 'shop', containers: [aContainer({ name: 'app', processes })] }));
