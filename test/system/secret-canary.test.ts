/** A Secret with a value that is nowhere else: where it is while a pod uses it, and that it is nowhere once both are deleted. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentsName } from '../../src/model/instance-paths.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { yamlOf } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const canary = `canary-${randomBytes(12).toString('hex')}`;
const encoded = Buffer.from(canary).toString('base64');
// base64 of the same bytes at any place of a longer text has this in it, whatever comes before or after
const shows = (text: string | Buffer): boolean => [canary, encoded].some((form) => text.includes(form));

const secretOf = (stringData: unknown, fields: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'canary' }, type: 'Opaque', stringData },
  ...fields,
});
const secret = secretOf({ token: canary });
const program =
  '[ "$A" = "$P_token" ] && [ "$A" = "$(cat /s/token)" ] && [ "$A" = "$(cat /all/token)" ] && [ "$A" = "$(cat /one)" ] && echo same; exec sleep 1000';

const pod = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'user' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    imagePullSecrets: [{ name: 'canary' }],
    containers: [
      {
        ...{ name: 'main', image: 'host', command: ['sh', '-c', program] },
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'canary', key: 'token' } } }],
        envFrom: [{ prefix: 'P_', secretRef: { name: 'canary' } }],
        volumeMounts: [
          { name: 'secret', mountPath: '/s' },
          { name: 'projected', mountPath: '/all' },
          { name: 'secret', mountPath: '/one', subPath: 'token' },
        ],
      },
    ],
    volumes: [
      { name: 'secret', secret: { secretName: 'canary', defaultMode: 0o400 } },
      { name: 'projected', projected: { sources: [{ secret: { name: 'canary' } }] } },
    ],
  },
};

/** Command lines of all processes of the machine that show it. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return shows(readFileSync(`/proc/${pid}/cmdline`));
      } catch {
        return false; // it has ended
      }
    });

/** Files below a directory that hold it. */
function filesWithIt(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    try {
      if (entry.isDirectory()) return filesWithIt(path);
      return entry.isFile() && shows(readFileSync(path)) ? [path] : [];
    } catch {
      return []; // removed meanwhile
    }
  });
}

describeReal('a Secret', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** What an instance keeps: its directories, and what containers see of objects, in memory elsewhere. */
  const places = (): string[] => {
    const contents = join(instance.base, 'run', contentsName);
    return [instance.base, ...(existsSync(contents) ? [readlinkOf(contents)] : [])].filter((path) => existsSync(path));
  };
  const filesNow = (): string[] => places().flatMap(filesWithIt);
  const say = async (args: readonly string[], stdin?: string): Promise<string> => {
    const { stdout, stderr } = await instance.podctl(args, stdin === undefined ? {} : { stdin });
    return `${stdout}${stderr}`;
  };

  test('reaches its program by every way there is, and shows in nothing that is printed', async () => {
    await instance.podctlOk(['apply', '-f', '-'], { stdin: yamlOf(secret, pod) });
    await instance.waitForPod('user', 'runs', isRunning);
    await waitFor('the program has compared them', async () => (await instance.logs('user')) === 'same\n');
    const changed = yamlOf(secretOf({ token: `${canary}-2` }), pod);
    const wrong = [
      secretOf({ token: [canary] }),
      secretOf({ token: { [canary]: 1 } }),
      secretOf(undefined, { data: { token: `!${canary}` } }),
      secretOf(canary),
    ];
    const said = await Promise.all([
      say(['describe', 'secret', 'canary']),
      say(['describe', 'pod', 'user']),
      say(['get', 'secrets', '-o', 'wide']),
      say(['get', 'pods', '-o', 'json']),
      say(['events']),
      say(['why', 'user/main']),
      say(['diff', '-f', '-'], changed),
      say(['apply', '--dry-run', '-f', '-'], changed),
      say(['explain', '-f', '-', '--stage', 'spec'], yamlOf(pod)),
      ...wrong.map((object) => say(['validate', '-f', '-'], yamlOf(object))),
      ...wrong.map((object) => say(['apply', '-f', '-'], JSON.stringify(object))),
    ]);
    expect(said.filter(shows)).toEqual([]);
    expect(said.filter((text) => text === '')).toEqual([]);
    for (const object of wrong) {
      const { status, body } = await instance.api('POST', '/api/v1/namespaces/default/secrets', {
        ...object,
        metadata: { name: 'wrong' },
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(shows(JSON.stringify(body))).toBe(false);
    }
  });

  test('is in no log, no command line, and in no file that others than root can read', async () => {
    expect(commandLines()).toEqual([]);
    expect(shows(instance.poddOutput())).toBe(false);
    const files = filesNow();
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((path) => (statSync(path).mode & 0o077) !== 0 && isReachable(path))).toEqual([]);
    expect(files.filter((path) => path.includes('/logs/'))).toEqual([]);
  });

  test('is nowhere when pod and Secret are deleted, though podd was killed in between', async () => {
    await instance.killPodd();
    await instance.startPodd();
    await instance.waitForPod('user', 'runs', isRunning);
    await instance.podctlOk(['delete', 'pod', 'user']);
    await instance.podctlOk(['delete', 'secret', 'canary']);
    await instance.waitUntilDeleted('user');
    await waitFor('no file has it', () => filesNow().length === 0);
    expect(['/run', '/dev/shm'].flatMap(filesWithIt)).toEqual([]);
    expect(shows(instance.poddOutput())).toBe(false);
    expect(commandLines()).toEqual([]);
  });

  /** Every directory above it can be entered by anybody; the test's own, which nobody may enter, does not count. */
  function isReachable(path: string): boolean {
    for (let at = dirname(path); at !== instance.base && at !== '/'; at = dirname(at))
      if ((statSync(at).mode & 0o001) === 0) return false;
    return true;
  }
});

const readlinkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return path;
  }
};
