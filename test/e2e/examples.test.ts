/** Every manifest of examples/ as its reader would try it: with nothing but podctl, which starts podd by itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, initPid, lastExit } from '../support/pods.ts';
import { readNamespace } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const directory = fileURLToPath(new URL('../../examples/', import.meta.url));
const fetchText = "fetch('http://127.0.0.1:8080').then((r) => r.text()).then(console.log)";

describeReal('examples', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ podd: false });
  });
  afterAll(() => instance.stop());

  const file = (name: string): string => `${directory}${name}`;
  const podNames = async (): Promise<string[]> =>
    (await instance.podctlOk(['get', 'pods', '-o', 'name'])).split('\n').filter((line) => line !== '');

  const remove = async (name: string): Promise<void> => {
    expect(await instance.podctlOk(['delete', '-f', file(name), '--wait'])).toMatch(/deleted/);
    expect(await podNames()).toEqual([]);
  };

  test('every example is tried, config.yaml, dev.yaml, multi.yaml and shop.yaml in their own files', () => {
    expect(readdirSync(directory).sort()).toEqual([
      'config',
      'config.yaml',
      'controls.yaml',
      'deployment.yaml',
      'dev',
      'dev.yaml',
      'job.yaml',
      'limits.yaml',
      'multi.yaml',
      'namespaces.yaml',
      'network-policy.yaml',
      'overlays',
      'restart.yaml',
      'shop.yaml',
      'stateful-set.yaml',
      'web.yaml',
    ]);
    expect(readdirSync(`${directory}overlays`)).toEqual(['web-dev.yaml']);
  });

  test.each(readdirSync(directory).filter((name) => name.endsWith('.yaml')))('%s is valid', async (name) => {
    expect(await instance.podctl(['validate', '-f', file(name)])).toMatchObject({ exitCode: 0 });
  });

  describe('web.yaml', () => {
    afterAll(() => remove('web.yaml'));

    test('apply --wait starts podd and returns when the pod is ready', async () => {
      expect(await instance.podctlOk(['apply', '-f', file('web.yaml'), '--wait'])).toMatch(/pod\/web created/);
      await instance.system();
      expect(await instance.podctlOk(['get', 'pods', 'web'])).toMatch(
        /^NAME +READY +STATUS +RESTARTS +AGE\nweb +2\/2 +Running +0 +\S+$/,
      );
    });

    test('the server answers over HTTP from inside, for both containers', async () => {
      const ask = (container: string) =>
        instance.podctl(['exec', 'web', '-c', container, '--', 'node', '-e', fetchText]);
      await waitFor('the server answers', async () => (await ask('server')).stdout.includes('hello from web'));
      expect((await ask('worker')).stdout).toMatch(/hello from web, request \d+/);
    });

    test('the server’s processes are all that ps shows, under podinit', async () => {
      const shown = await instance.podctlOk([
        'exec',
        'web',
        '-c',
        'server',
        '--',
        'sh',
        '-c',
        'echo $$; ps ax -o pid=,comm=',
      ]);
      const commands = shown
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/)[1]);
      expect(commands.sort()).toEqual(['node', 'podinit', 'ps', 'sh']);
    });

    test('both containers log', async () => {
      expect(await instance.podctlOk(['logs', 'web', '-c', 'server'])).toContain('listening on 8080');
      const worker = async () => (await instance.podctlOk(['logs', 'web', '-c', 'worker'])).includes('hello from web');
      await waitFor('the worker got an answer', worker);
    });

    test('a second apply changes nothing', async () => {
      expect(await instance.podctlOk(['apply', '-f', file('web.yaml')])).toMatch(/pod\/web unchanged/);
      expect(await instance.podctlOk(['get', 'pods', 'web'])).toMatch(/Running +0 /);
    });

    test('describe, events and get -o yaml tell about it', async () => {
      expect(await instance.podctlOk(['describe', 'pod', 'web'])).toContain('server');
      expect(await instance.podctlOk(['events'])).toContain('Started');
      expect(await instance.podctlOk(['get', 'pod', 'web', '-o', 'yaml'])).toContain('phase: Running');
    });
  });

  describe('overlays/web-dev.yaml', () => {
    afterAll(() => remove('web.yaml'));

    test('merged onto web.yaml it is a manifest that runs', async () => {
      const env = { ...instance.env, SERVER_CPU: '1', NODE_ENV: 'staging' };
      const files = ['-f', file('web.yaml'), '-f', file('overlays/web-dev.yaml')];
      const merged = await instance.podctl(['config', ...files], { env });
      expect(merged).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await instance.podctlOk(['config', '-f', '-'], { stdin: merged.stdout })).toBe(merged.stdout);
      await instance.podctlOk(['apply', '-f', '-', '--wait'], { stdin: merged.stdout });
      const { spec } = JSON.parse(await instance.podctlOk(['get', 'pod', 'web', '-o', 'json']));
      expect(spec).toMatchObject({
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'server', resources: { limits: { cpu: 1, memory: '256Mi' } } }],
      });
      // PID 1's first child
      const environ =
        "const read = require('fs').readFileSync; const [pid] = read('/proc/1/task/1/children', 'utf8').split(' '); process.stdout.write(read(`/proc/${pid}/environ`))";
      expect(await instance.podctlOk(['exec', 'web', '--', 'node', '-e', environ])).toContain('NODE_ENV=staging');
      const ask = () => instance.podctl(['exec', 'web', '--', 'node', '-e', fetchText]);
      expect((await ask()).stdout).toMatch(/hello from web, request \d+/);
    });
  });

  describe('limits.yaml', () => {
    afterAll(() => remove('limits.yaml'));

    test('the greedy container is OOMKilled and restarted while the busy one runs on', async () => {
      await instance.podctlOk(['apply', '-f', file('limits.yaml')]);
      const isKilled = (pod: Parameters<typeof containerOf>[0]) =>
        lastExit(containerOf(pod, 'greedy'))?.reason === 'OOMKilled';
      const pod = await instance.waitForPod(
        'limits',
        'was OOMKilled and restarted',
        (seen) => isKilled(seen) && containerOf(seen, 'greedy').restartCount > 0,
      );
      expect(containerOf(pod, 'busy').restartCount).toBe(0);
      expect(await instance.podctlOk(['describe', 'pod', 'limits'])).toContain('OOMKilled');
    });
  });

  describe('controls.yaml', () => {
    afterAll(() => remove('controls.yaml'));

    test('its limits hold, are seen from inside, and change while it runs', async () => {
      await instance.podctlOk(['apply', '-f', file('controls.yaml'), '--wait']);
      const inside = (container: string, ...command: readonly string[]) =>
        instance.podctlOk(['exec', 'controls', '-c', container, '--', ...command]);
      expect(await inside('app', 'free', '-m')).toMatch(/^Mem: +128 /m);
      expect(await inside('docker', 'free', '-m')).toMatch(/^Mem: +64 /m);
      expect(await inside('app', 'nproc')).toBe('1');
      expect(await inside('app', 'sh', '-c', 'grep Cpus_allowed_list /proc/self/status')).toMatch(/\t0$/);
      await instance.podctlOk(['set', 'resources', 'controls/app', '--memory', '160Mi']);
      await waitFor('it has more memory', async () => /^Mem: +160 /m.test(await inside('app', 'free', '-m')));
      const pod = await instance.waitForPod('controls', 'exists', () => true);
      expect(pod.status.containerStatuses.map(({ restartCount }) => restartCount)).toEqual([0, 0]);
    });

    test('top tells who has how much', async () => {
      const usage = JSON.parse(await instance.podctlOk(['top', 'controls', '-o', 'json']));
      expect(JSON.stringify(usage)).toContain('"batch"');
    });
  });

  describe('namespaces.yaml', () => {
    afterAll(() => remove('namespaces.yaml'));

    test('each container sees what the manifest says', async () => {
      await instance.podctlOk(['apply', '-f', file('namespaces.yaml'), '--wait']);
      const inside = (container: string, ...command: readonly string[]) =>
        instance.podctlOk(['exec', 'namespaces', '-c', container, '--', ...command]);
      await waitFor('the app wrote', async () => (await inside('app', 'sh', '-c', 'cat /tmp/note; true')) !== '');
      expect(await inside('editor', 'cat', '/tmp/note')).toBe('written by the app');
      expect(await inside('debugger', 'ls', '/tmp')).toBe('');
      expect((await inside('debugger', 'ps', '-e', '-o', 'args=')).match(/sleep infinity/g)).toHaveLength(2);
      expect(Number((await inside('yesterday', 'cat', '/proc/uptime')).split(' ')[0])).toBeGreaterThan(86_400);
    });

    test('the namespaces of the processes on the host prove it', async () => {
      const pod = await instance.waitForPod('namespaces', 'exists', () => true);
      const of = (container: string, kind: string) => readNamespace(initPid(pod, container), kind);
      expect(of('debugger', 'pid')).toBe(of('app', 'pid'));
      expect(of('editor', 'mnt')).toBe(of('app', 'mnt'));
      expect(of('yesterday', 'time')).toBe(of('app', 'time'));
      expect(of('yesterday', 'net')).not.toBe(of('app', 'net'));
      expect(of('debugger', 'mnt')).not.toBe(of('app', 'mnt'));
    });
  });

  describe('network-policy.yaml', () => {
    afterAll(() => remove('network-policy.yaml'));

    const asks = (pod: string) => {
      const script = `fetch('http://db:5432').then((r) => r.text(), (e) => e.cause.code).then((text) => console.log(text.trim()))`;
      return instance.podctlOk(['exec', pod, '--', 'node', '-e', script]);
    };

    test('the database answers the backend and refuses the others, until its policy is gone', async () => {
      await instance.podctlOk(['apply', '-f', file('network-policy.yaml'), '--wait']);
      expect(await asks('api')).toBe('hello from db');
      expect(await asks('batch')).toBe('ECONNREFUSED');
      expect(await asks('db')).toBe('hello from db');
      await instance.podctlOk(['delete', 'networkpolicy', 'batch']);
      expect(await asks('batch')).toBe('ECONNREFUSED');
      await instance.podctlOk(['delete', 'netpol', 'db']);
      expect(await asks('batch')).toBe('hello from db');
      expect(await instance.podctlOk(['apply', '-f', file('network-policy.yaml')])).toMatch(
        /networkpolicy.*db created/,
      );
      expect(await asks('batch')).toBe('ECONNREFUSED');
    });
  });

  describe('deployment.yaml', () => {
    const answer = async (): Promise<string> => {
      const { body } = await instance.api('GET', '/api/v1/namespaces/default/services/hello');
      return await (await fetch(`http://${body.spec.clusterIP}`)).text();
    };
    const rolledOut = () => instance.podctlOk(['rollout', 'status', 'deployment/hello', '--timeout', '100s']);

    afterAll(async () => {
      await instance.podctlOk(['delete', '-f', file('deployment.yaml')]);
      await waitFor('its pods are gone', async () => (await podNames()).length === 0);
    });

    test('three pods answer behind one address, in another version after an apply, and in the first again', async () => {
      await instance.podctlOk(['apply', '-f', file('deployment.yaml'), '--wait', '--timeout', '100s']);
      expect(await instance.podctlOk(['get', 'deployment', 'hello'])).toMatch(/^hello +3\/3 +3 +3 /m);
      expect(await answer()).toMatch(/^hello from hello-\w+-\w+, version 1\n$/);
      const changed = readFileSync(file('deployment.yaml'), 'utf8').replace('value: "1"', 'value: "2"');
      await instance.podctlOk(['apply', '-f', '-'], { stdin: changed });
      await rolledOut();
      expect(await answer()).toContain('version 2');
      await instance.podctlOk(['rollout', 'undo', 'deployment/hello']);
      await rolledOut();
      expect(await answer()).toContain('version 1');
      // What the file never named stays as it was set beside it.
      await instance.podctlOk(['rollout', 'pause', 'deployment/hello']);
      await instance.podctlOk(['apply', '-f', file('deployment.yaml')]);
      const { body } = await instance.api('GET', '/apis/apps/v1/namespaces/default/deployments/hello');
      expect(body.spec).toMatchObject({ paused: true, replicas: 3 });
      expect(await instance.podctlOk(['diff', '-f', file('deployment.yaml')])).toBe('');
    });
  });

  describe('job.yaml', () => {
    afterAll(async () => {
      await instance.podctlOk(['delete', '-f', file('job.yaml')]);
      await waitFor('its pods are gone', async () => (await podNames()).length === 0);
    });

    test('all parts are done, and what is for the night is done now', async () => {
      await instance.podctlOk(['apply', '-f', file('job.yaml')]);
      await instance.podctlOk(['wait', '--for=condition=complete', 'job/squares', '--timeout', '100s']);
      expect(await instance.podctlOk(['get', 'job', 'squares'])).toMatch(/^squares +Complete +6\/6 /m);
      const { body } = await instance.api(
        'GET',
        '/api/v1/pods?labelSelector=batch.kubernetes.io/job-completion-index=5',
      );
      expect(await instance.podctlOk(['logs', body.items[0].metadata.name])).toBe('5 squared is 25');
      await instance.podctlOk(['create', 'job', 'tidy-now', '--from=cronjob/tidy']);
      await instance.podctlOk(['wait', '--for=condition=complete', 'job/tidy-now', '--timeout', '100s']);
      expect(await instance.podctlOk(['logs', 'job/tidy-now'])).toBe('tidy');
    });
  });

  describe('stateful-set.yaml', () => {
    afterAll(async () => {
      await instance.podctlOk(['delete', '-f', file('stateful-set.yaml')]);
      await waitFor('its pods are gone', async () => (await podNames()).length === 0);
      await instance.podctlOk(['delete', 'pvc', 'data-keeper-0', 'data-keeper-1']);
      await waitFor('its revisions are gone with it', async () => {
        const { stdout } = await instance.podctl(['get', 'controllerrevisions', '-o', 'name']);
        return stdout.trim() === '';
      });
    });

    test('a pod that went comes back under its name, with its data', async () => {
      await instance.podctlOk(['apply', '-f', file('stateful-set.yaml'), '--wait', '--timeout', '100s']);
      expect(await instance.podctlOk(['get', 'statefulset', 'keeper'])).toMatch(/^keeper +2\/2 /m);
      await instance.podctlOk(['delete', 'pod', 'keeper-1']);
      await waitFor('it has begun again', async () => {
        const starts = await instance.podctl(['exec', 'keeper-1', '--', 'cat', '/data/starts']);
        return starts.stdout.trim() === 'keeper-1\nkeeper-1';
      });
      // Another template and back: the first revision is the newest then.
      const history = () => instance.podctlOk(['rollout', 'history', 'statefulset/keeper']);
      const changed = readFileSync(file('stateful-set.yaml'), 'utf8').replace('sleep 1000000', 'sleep 1000001');
      await instance.podctlOk(['apply', '-f', '-'], { stdin: changed });
      await waitFor('there are two revisions', async () => /^1 .*\n2 /m.test(await history()));
      expect(await instance.podctlOk(['rollout', 'undo', 'statefulset/keeper'])).toBe('statefulset/keeper rolled back');
      await instance.podctlOk(['rollout', 'status', 'statefulset/keeper', '--timeout', '100s']);
      expect(await history()).toMatch(/^2 .*\n3 /m);
      expect(await instance.podctlOk(['diff', '-f', file('stateful-set.yaml')])).toBe('');
    });
  });

  describe('restart.yaml', () => {
    afterAll(() => remove('restart.yaml'));

    test('one pod is restarted again and again, the other runs to its end', async () => {
      await instance.podctlOk(['apply', '-f', file('restart.yaml')]);
      await instance.waitForPod('once', 'has succeeded', ({ status }) => status.phase === 'Succeeded');
      expect(await instance.podctlOk(['logs', 'once'])).toBe('done');
      const pod = await instance.waitForPod(
        'flaky',
        'was restarted twice',
        (seen) => containerOf(seen).restartCount >= 2,
      );
      expect(lastExit(containerOf(pod))).toMatchObject({ exitCode: 3, reason: 'Error' });
      expect(await instance.podctlOk(['logs', 'flaky', '--previous'])).toContain('failing with 3');
    });
  });
});
