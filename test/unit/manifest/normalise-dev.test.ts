import { expect, test } from 'vitest';
import { normaliseDevRules } from '../../../src/manifest/normalise-dev.ts';
import { aContainer, aPod, aProcess, ourPod, withProcesses } from './a-manifest.ts';

test('a pod without rules has none', () => {
  expect(normaliseDevRules(aPod())).toEqual([]);
  expect(normaliseDevRules(ourPod({ containers: [aContainer({ dev: {} })] }))).toEqual([]);
});

test('every default is filled in', () => {
  const containers = [aContainer({ dev: { watch: [{ paths: ['/src', '/src'], action: 'restart' }] } })];
  expect(normaliseDevRules(ourPod({ containers }))).toEqual([
    {
      id: 'default/web/app#0',
      namespace: 'default',
      pod: 'web',
      container: 'app',
      paths: ['/src'],
      include: [],
      exclude: [],
      action: 'restart',
      debounceMs: 300,
      directory: '/',
      cascade: false,
    },
  ]);
});

test('the container’s own rules come first, each with an id of its own', () => {
  const watch = [{ paths: ['/a'], action: 'restart' }];
  const pod = withProcesses(
    [aProcess({ dev: { watch: [...watch, ...watch] } }), aProcess({ name: 'db', dev: { watch } })],
    {
      dev: { watch },
    },
  );
  const rules = normaliseDevRules({ ...pod, metadata: { name: 'web', namespace: 'prod' } });
  expect(rules.map(({ id, program }) => [id, program])).toEqual([
    ['prod/web/app#0', undefined],
    ['prod/web/app/web#0', 'web'],
    ['prod/web/app/web#1', 'web'],
    ['prod/web/app/db#0', 'db'],
  ]);
});

test('durations, signals and commands are read', () => {
  const watch = [
    { paths: ['/a'], action: 'signal', signal: 'SIGUSR2', debounce: '0s' },
    { paths: ['/a'], action: 'exec', command: 'make && make install', restart: ['web', 'web'], cascade: true },
    { paths: ['/a'], action: 'rebuild', command: ['make', 'x'], directory: '/src' },
    { paths: ['/a'], action: 'sync', target: '/app', include: ['*.js'], exclude: ['*.min.js'] },
  ];
  expect(normaliseDevRules(withProcesses([aProcess({ dev: { watch } })]))).toMatchObject([
    { signal: 12, debounceMs: 0 },
    { command: ['sh', '-c', 'make && make install'], restart: ['web'], cascade: true },
    { command: ['make', 'x'], directory: '/src' },
    { target: '/app', include: ['*.js'], exclude: ['*.min.js'] },
  ]);
});
