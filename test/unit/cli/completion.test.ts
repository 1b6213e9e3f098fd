import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { findCandidates, type PodSource } from '../../../src/cli/complete.ts';
import { completionScript, filesWanted } from '../../../src/cli/completion-scripts.ts';
import { aGroup, aProgram } from '../../support/programs.ts';
import { aContainer, aPod, running } from './pod-builder.ts';

const web = aPod({ containers: [aContainer('server', running), aContainer('worker', running)] });
const other = aPod({ name: 'db', metadata: { namespace: 'prod' } });
const source: PodSource = {
  pods: async (namespace) =>
    [web, other].filter((pod) => namespace === undefined || pod.metadata.namespace === namespace),
  pod: async (_namespace, name) => [web, other].find((pod) => pod.metadata.name === name),
  data: async (kind, namespace) => (kind === 'ConfigMap' ? [`${namespace}-config`] : [`${namespace}-secret`]),
  groups: async (_namespace, pod) =>
    pod === 'web'
      ? [
          aGroup([aProgram('db'), aProgram('job', { hasInstances: true }), aProgram('job:1')], { container: 'server' }),
          aGroup([aProgram('main', { essential: true })], { container: 'worker' }),
        ]
      : [],
};

const complete = async (...words: readonly string[]): Promise<string[]> =>
  (await findCandidates(words, source)).map((line) => line.split('\t')[0] ?? '');

describe('completion', () => {
  test.each([
    {
      words: ['get', ''],
      candidates: [
        ...['pods', 'pod/', 'configmaps', 'configmap/', 'secrets', 'secret/', 'services', 'service/'],
        ...['networkpolicies', 'networkpolicy/', 'namespaces', 'namespace/'],
        ...['persistentvolumeclaims', 'persistentvolumeclaim/', 'deployments', 'deployment/'],
        ...[
          'replicasets',
          'replicaset/',
          'statefulsets',
          'statefulset/',
          'daemonsets',
          'daemonset/',
          'controllerrevisions',
          'controllerrevision/',
        ],
        ...['jobs', 'job/', 'cronjobs', 'cronjob/', 'endpoints', 'events'],
      ],
    },
    { words: ['describe', 'cm', ''], candidates: ['default-config'] },
    { words: ['get', '-n', 'prod', 'configmap/'], candidates: ['configmap/prod-config'] },
    { words: ['delete', 'secret/a', ''], candidates: ['secret/default-secret'] },
    { words: ['delete', 'secret', ''], candidates: ['default-secret'] },
    { words: ['get', 'pods', ''], candidates: ['web'] },
    { words: ['get', '-n', 'prod', 'pods', ''], candidates: ['db'] },
    { words: ['get', 'pod/'], candidates: ['pod/web'] },
    { words: ['get', '-n', ''], candidates: ['default', 'prod'] },
    { words: ['logs', ''], candidates: ['web', 'web/'] },
    { words: ['logs', 'web', '-c', ''], candidates: ['server', 'worker'] },
    { words: ['exec', 'web', '--', ''], candidates: [] },
    { words: ['apply', '-f', ''], candidates: [filesWanted] },
    { words: ['config', '-f', 'a.yaml', '--env-file', ''], candidates: [filesWanted] },
    { words: ['explain', '--stage', ''], candidates: ['spec', 'plan', 'cgroup'] },
    { words: ['system', ''], candidates: ['status', 'stop', 'install'] },
    { words: ['events', '--for', ''], candidates: ['pod/web'] },
    { words: ['nonsense', ''], candidates: [] },
    { words: ['ps', ''], candidates: ['web', 'web/'] },
    { words: ['restart', 'db', 'web/'], candidates: ['web/server', 'web/server/', 'web/worker'] },
    { words: ['stop', 'pod/web/s'], candidates: ['pod/web/server', 'pod/web/server/', 'pod/web/worker'] },
    {
      words: ['why', 'web/server/'],
      candidates: ['web/server/db', 'web/server/job', 'web/server/job:0', 'web/server/job:1'],
    },
    { words: ['why', 'web/server/db/'], candidates: [] },
    { words: ['why', 'nope/'], candidates: [] },
    { words: ['set', ''], candidates: ['resources', 'image', 'env', 'condition'] },
    { words: ['set', 'resources', ''], candidates: ['web', 'web/'] },
    { words: ['set', 'image', 'cm', ''], candidates: ['default-config'] },
    { words: ['set', 'env', 'pod/'], candidates: ['pod/web'] },
    { words: ['rollout', 'undo', 'deployment', ''], candidates: ['default-secret'] },
    { words: ['rollout', 'status', 'sts/'], candidates: ['sts/default-secret'] },
    { words: ['label', 'pod/'], candidates: ['pod/web'] },
    { words: ['scale', ''], candidates: ['web/'] },
    { words: ['scale', 'web/server/'], candidates: ['web/server/db=', 'web/server/job='] },
    { words: ['signal', 'HUP', ''], candidates: ['web', 'web/'] },
    { words: ['restart', '--wait', ''], candidates: ['running', 'ready'] },
  ])('$words: $candidates', async ({ words, candidates }) => {
    expect(await complete(...words)).toEqual(candidates);
  });

  test('a signal comes first', async () => {
    expect(await complete('signal', '')).toEqual(expect.arrayContaining(['HUP', 'TERM', 'web']));
  });

  test('of wait offers what can be waited for, and pods by kind', async () => {
    expect(await complete('wait', '--for', '')).toEqual(expect.arrayContaining(['ready', 'state=', 'delete']));
    expect(await complete('wait', '')).toEqual(['pods', 'pod/', 'web', 'web/']);
  });

  test('the first word is a command', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['apply', 'exec', 'help']));
  });

  test('a word that begins with a hyphen is a flag', async () => {
    expect(await complete('logs', '-')).toEqual(expect.arrayContaining(['--follow', '--tail', '--help']));
  });
});

describe('completion scripts', () => {
  test('bash can parse its own', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: completionScript('bash'), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('bash completes with what podctl answers', () => {
    const script = `${completionScript('bash')}
podctl() { printf 'pods\\tall\\npod/\\nevents\\n'; }
COMP_WORDS=(podctl get po); COMP_CWORD=2
_podctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout).toBe('pods\npod/\n');
  });

  test.each([
    ['(podctl why web/app/worker :)', 'web/app/worker:', ['0', '1']],
    ['(podctl why web/app/worker : 1)', 'web/app/worker:1', ['1']],
    ['(podctl why web/app/w)', 'web/app/w', ['web/app/worker:0', 'web/app/worker:1']],
  ])('bash, which cuts words at colons, completes %s', (words, asked, replies) => {
    const script = `${completionScript('bash')}
podctl() { [[ $# == 3 && $3 == ${asked} ]] && printf 'web/app/worker:0\\nweb/app/worker:1\\n'; }
COMP_WORDBREAKS='=:'; COMP_WORDS=${words}; COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_podctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n')).toEqual(replies);
  });

  test.each(['zsh', 'fish'] as const)('%s can parse its own, where it is installed', (shell) => {
    const { error, status } = spawnSync(shell, ['-n'], { input: completionScript(shell), encoding: 'utf8' });
    if (error === undefined) expect(status).toBe(0);
    expect(completionScript(shell)).toContain('__complete');
  });
});
