import { describe, expect, test } from 'vitest';
import type { ContainerSpec } from '../../../src/model/pod-spec.ts';
import type { MountSpec } from '../../../src/model/volume-spec.ts';
import { planChange } from '../../../src/reconcile/diff.ts';
import { planProgramEffects } from '../../../src/reconcile/program-effects.ts';
import { aContainer, aHost, aManifest, aProgram, aSpec, withPrograms } from './builders.ts';

const hup = aProgram('web', { reload: { kind: 'signal', signal: 1 } });
const command = aProgram('api', { reload: { kind: 'command', argv: ['reload'] } });
const bare = aProgram('old');

const mount = (over: Partial<MountSpec>): MountSpec => ({
  volume: 'config',
  source: { kind: 'configMap', name: 'app', defaultMode: 0o644, optional: false },
  mountPath: '/etc/app',
  readOnly: false,
  ...over,
});
const versions = (
  container: ContainerSpec,
  over: Partial<MountSpec> = {},
  identity: readonly [string, string] = ['i', 'i'],
) => {
  const withContent = (digest: string, which: string) =>
    aSpec({
      containers: [
        {
          ...container,
          mounts: [
            mount({ content: { digest, files: { 'a.conf': digest, 'b.conf': 'same' }, identity: which }, ...over }),
          ],
        },
        aContainer({ name: 'other' }),
      ],
    });
  return { from: withContent('one', identity[0]), to: withContent('two', identity[1]) };
};
/** The manifest is the same; what it means is another thing now. */
const changesOf = ({ from, to }: ReturnType<typeof versions>) => {
  const manifest = aManifest();
  const context = { host: aHost, normalise: () => to };
  return planChange({ manifest, spec: from }, { manifest, spec: to }, context).map(({ cost, field, why }) => [
    cost,
    field,
    why,
  ]);
};
const field = 'spec.containers[app].volumeMounts[/etc/app]';
const changed = 'a.conf of configmap/app changed';

describe('a changed content costs', () => {
  test.each<[string, ReturnType<typeof versions>, [string, string]]>([
    [
      'nothing to be done where nothing is told',
      versions(withPrograms(bare)),
      ['in-place', 'the container sees it while it runs'],
    ],
    [
      'the next start where a part is mounted',
      versions(withPrograms(bare), { subPath: 'a.conf' }),
      ['in-place', 'a subPath is mounted once, it is seen from the next start on'],
    ],
    ['a signal', versions(withPrograms(hup), { onChange: 'reload' }), ['signal', 'web gets SIGHUP']],
    [
      'a reload command',
      versions(withPrograms(hup, command), { onChange: 'reload' }),
      ['reload', 'web gets SIGHUP, the reload command of api runs'],
    ],
    [
      'a restart of programs that cannot reload',
      versions(withPrograms(hup, bare), { onChange: 'reload' }),
      ['restart-program', 'web gets SIGHUP, old has no reload and restarts'],
    ],
    [
      'a restart of the container',
      versions(withPrograms(hup), { onChange: 'restart' }),
      ['restart-container', 'restartOn: change'],
    ],
    [
      'a restart of a plain container',
      versions(aContainer(), { onChange: 'reload' }),
      ['restart-container', 'the container has no program that could be told'],
    ],
  ])('%s', (_, pair, [cost, why]) => {
    expect(changesOf(pair)).toEqual([[cost, field, `${changed}: ${why}`]]);
  });

  test('a restart of the container where another file took the name of the mounted one', () => {
    const source = { kind: 'hostPath', path: '/srv/a.conf', type: 'File' } as const;
    const pair = versions(withPrograms(hup), { onChange: 'reload', source }, ['i1', 'i2']);
    expect(changesOf(pair)).toEqual([
      [
        'restart-container',
        field,
        'a.conf of /srv/a.conf changed: another file has its name now, which only a new mount shows',
      ],
    ]);
  });
});

test('programs are told of in the effects of an apply', () => {
  const { from, to } = versions(withPrograms(hup, bare), { onChange: 'reload' });
  const effects = planProgramEffects(from, to, {
    host: aHost,
    cascade: false,
    recreates: false,
    presence: {},
    stopped: [],
  });
  expect(effects).toEqual([
    { container: 'app', program: 'web', effect: 'change', why: 'content of /etc/app' },
    { container: 'app', program: 'old', effect: 'restart', why: 'content of /etc/app' },
  ]);
});
