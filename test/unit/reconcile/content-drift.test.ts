import { describe, expect, test } from 'vitest';
import type { ContainerSpec } from '../../../src/model/pod-spec.ts';
import type { MountSpec } from '../../../src/model/volume-spec.ts';
import { containerDrift } from '../../../src/reconcile/container-drift.ts';
import { contentDrift, planTelling } from '../../../src/reconcile/content-drift.ts';
import { aProgram, aState, withPrograms } from './builders.ts';

const hup = { reload: { kind: 'signal', signal: 1 } } as const;
const configMap = { kind: 'configMap', name: 'app', defaultMode: 0o644, optional: false } as const;
const hostPath = { kind: 'hostPath', path: '/srv', type: '' } as const;

const aMount = (over: Partial<MountSpec> = {}): MountSpec => ({
  volume: 'config',
  source: configMap,
  mountPath: '/etc/app',
  readOnly: false,
  content: { digest: 'one' },
  ...over,
});
const mounting = (mount: Partial<MountSpec>, container: Partial<ContainerSpec> = {}): ContainerSpec => ({
  ...withPrograms(aProgram('web', hup)),
  mounts: [aMount(mount)],
  ...container,
});

describe('what a changed content takes', () => {
  const two = { content: { digest: 'two' } };
  const watched = (onChange: 'restart' | 'reload', identity: string, digest: string): Partial<MountSpec> => ({
    source: hostPath,
    onChange,
    content: { digest, identity },
  });
  test.each<[string, Partial<MountSpec>, Partial<MountSpec>, string]>([
    ['the same', {}, {}, 'none'],
    ['of a ConfigMap', {}, two, 'in-place'],
    ['of a ConfigMap with restartOn', {}, { ...two, onChange: 'restart' }, 'restart'],
    ['of a ConfigMap with reloadOn', {}, { ...two, onChange: 'reload' }, 'reload'],
    [
      'of a part of a ConfigMap with reloadOn',
      { subPath: 'x' },
      { ...two, subPath: 'x', onChange: 'reload' },
      'restart',
    ],
    ['of another object with the same in it', {}, { source: { ...configMap, name: 'other' } }, 'in-place'],
    ['of a file written in place', watched('reload', 'i1', 'one'), watched('reload', 'i1', 'two'), 'reload'],
    [
      'of a file that another took the name of',
      watched('reload', 'i1', 'one'),
      watched('reload', 'i2', 'two'),
      'restart',
    ],
    ['another file with the same in it', watched('reload', 'i1', 'one'), watched('reload', 'i2', 'one'), 'none'],
    ['with restartOn', watched('restart', 'i1', 'one'), watched('restart', 'i1', 'two'), 'restart'],
    [
      'noted for the first time',
      { source: hostPath, content: undefined as never },
      watched('restart', 'i1', 'x'),
      'in-place',
    ],
    [
      'no longer of interest',
      watched('restart', 'i1', 'one'),
      { source: hostPath, content: undefined as never },
      'in-place',
    ],
  ])('%s', (_, before, after, drift) => {
    const started = mounting(before);
    const wanted = mounting(after);
    expect(contentDrift(started, wanted)).toBe(drift);
    const container = { none: 'none', 'in-place': 'contents', reload: 'contents', restart: 'restart' }[drift];
    expect(containerDrift(started, wanted)).toBe(container);
  });

  test('a plain container is restarted: its program is the container', () => {
    const plain = { isPlain: true };
    expect(contentDrift(mounting({}, plain), mounting({ ...two, onChange: 'reload' }, plain))).toBe('restart');
  });

  test('a mount that comes, goes or moves is another container', () => {
    const none = mounting({}, { mounts: [] });
    for (const other of [
      none,
      mounting({ mountPath: '/b' }),
      mounting({ readOnly: true }),
      mounting({ source: hostPath }),
    ]) {
      expect(containerDrift(mounting({}), other)).toBe('restart');
      expect(containerDrift(other, mounting({}))).toBe('restart');
    }
  });

  test('the order of mounts, and what a change would do, are nothing that runs', () => {
    const a = aMount();
    const b = aMount({ mountPath: '/b' });
    expect(containerDrift(mounting({}, { mounts: [a, b] }), mounting({}, { mounts: [b, a] }))).toBe('none');
    expect(containerDrift(mounting({}), mounting({ onChange: 'restart' }))).toBe('none');
  });
});

describe('who is told', () => {
  const container = withPrograms(
    aProgram('web', hup),
    aProgram('api', { reload: { kind: 'command', argv: ['reload'] } }),
    aProgram('old'),
    aProgram('job', { schedule: { everyMs: 1000, concurrency: 'forbid' } }),
  );
  const states = ['web', 'api', 'old', 'job'].map((name) => aState(name));

  test('those with reload are reloaded, those without restarted, a job is left to its next run', () => {
    expect(planTelling(container, states, [])).toEqual({
      reload: [
        { program: 'web', instance: 0 },
        { program: 'api', instance: 0 },
      ],
      restart: [{ program: 'old', instance: 0 }],
    });
  });

  test('neither those that do not run nor those that were started anew already', () => {
    const resting = states.map((state) => (state.name === 'old' ? { ...state, state: 'STOPPED' as const } : state));
    expect(planTelling(container, resting, ['web'])).toEqual({
      reload: [{ program: 'api', instance: 0 }],
      restart: [],
    });
  });
});
