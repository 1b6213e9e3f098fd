import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { aContainer, aProcess, errorsOf, ourPod, warningsOf, withContainer, withProcesses } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

const rule = (fields: Fields = {}): Fields => ({ paths: ['/src'], action: 'restart', ...fields });
const podWith = (...watch: readonly unknown[]) =>
  withProcesses([aProcess({ dev: { watch } }), aProcess({ name: 'db', reload: { signal: 'HUP' } })]);

describe('a dev rule is refused', () => {
  const at = 'spec.containers[0].processes[0].dev.watch[0]';
  test.each<[string, Fields, string[]]>([
    [
      'with an unknown action',
      rule({ action: 'restrat' }),
      [
        `${at}.action: Unsupported value: "restrat": supported values: "restart", "reload", "signal", "exec", "sync", "rebuild", "sync+restart", "sync+exec" (did you mean "restart"?)`,
      ],
    ],
    ['without an action', { paths: ['/src'] }, [`${at}.action: Required value`]],
    ['without paths', { action: 'restart' }, [`${at}.paths: Required value`]],
    ['with no path', rule({ paths: [] }), [`${at}.paths: Required value: at least one file or directory`]],
    [
      'with a path that is none',
      rule({ paths: ['', 'src', '/a\0b'] }),
      [
        `${at}.paths[0]: Required value`,
        `${at}.paths[1]: Invalid value: "src": must be an absolute path`,
        `${at}.paths[2]: Invalid value: "/a\\u0000b": must not contain a NUL character`,
      ],
    ],
    [
      'with a path as text',
      rule({ paths: '/src' }),
      [`${at}.paths: must be a list, not the string "/src" (write ["/src"])`],
    ],
    ['with an empty pattern', rule({ exclude: [''] }), [`${at}.exclude[0]: Required value: a gitignore pattern`]],
    [
      'with a debounce that is no duration',
      rule({ debounce: '50' }),
      [`${at}.debounce: Invalid value: "50": must be a duration (examples: 100ms, 10s, 5m, 1h)`],
    ],
    [
      'with a debounce as number',
      rule({ debounce: 50 }),
      [`${at}.debounce: must be a duration, not the number 50 (examples: 100ms, 10s, 5m, 1h)`],
    ],
    [
      'with a debounce of minutes',
      rule({ debounce: '2m' }),
      [`${at}.debounce: Invalid value: "2m": must be at most 60s (the default is 300ms)`],
    ],
    [
      'with action signal and none',
      rule({ action: 'signal' }),
      [`${at}.signal: Required value: the signal to send: action signal needs it`],
    ],
    [
      'with a signal that is none',
      rule({ action: 'signal', signal: 'HUPP' }),
      [`${at}.signal: Invalid value: "HUPP": is not a signal (did you mean "HUP"?)`],
    ],
    [
      'with a signal for another action',
      rule({ signal: 'HUP' }),
      [`${at}.signal: Forbidden: means nothing with action restart (it belongs to action signal)`],
    ],
    [
      'with exec and nothing to run',
      rule({ action: 'exec' }),
      [`${at}.command: Required value: what to run: action exec needs it`],
    ],
    [
      'with an empty command',
      rule({ action: 'rebuild', command: [] }),
      [`${at}.command: Required value: the program to run`],
    ],
    [
      'with a blank command',
      rule({ action: 'rebuild', command: ' ' }),
      [`${at}.command: Required value: the command to run`],
    ],
    [
      'with a command of a wrong kind',
      rule({ action: 'exec', command: 5 }),
      [`${at}.command: must be a list of words or a text for sh -c, not the number 5`],
    ],
    [
      'with a command for another action',
      rule({ command: 'make' }),
      [`${at}.command: Forbidden: means nothing with action restart (it belongs to action exec, rebuild, sync+exec)`],
    ],
    [
      'with sync and no target',
      rule({ action: 'sync' }),
      [`${at}.target: Required value: the absolute path in the container: action sync needs it`],
    ],
    [
      'with a relative target',
      rule({ action: 'sync', target: 'app' }),
      [`${at}.target: Invalid value: "app": must be an absolute path`],
    ],
    [
      'with reload of a program that knows none',
      rule({ action: 'reload' }),
      [
        `${at}.action: Invalid value: "reload": program "web" does not say how it reloads (give it reload: {signal: HUP} or {command: […]}, or use action restart or signal)`,
      ],
    ],
    [
      'with a restart of what is not there',
      rule({ restart: ['web', 'dbb'] }),
      [`${at}.restart[1]: Invalid value: "dbb": the container has no program "dbb" (did you mean "db"?)`],
    ],
    [
      'with a cascade of nothing',
      rule({ action: 'signal', signal: 1, cascade: true }),
      [
        `${at}.cascade: Forbidden: means nothing with action signal (it belongs to action restart, exec, sync+restart, sync+exec)`,
      ],
    ],
    ['with an unknown field', rule({ ignore: ['x'] }), [`${at}.ignore: unknown field "ignore"`]],
  ])('%s', (_, written, errors) => {
    expect(errorsOf(podWith(written))).toEqual(errors);
  });

  test('in a pod of v1', () => {
    expect(errorsOf(withContainer({ dev: { watch: [rule()] } }))).toEqual([
      'spec.containers[0].dev: unknown field "dev" (use apiVersion: podctl.dev/v1)',
    ]);
  });

  test('when no program of its container can reload', () => {
    const containers = [aContainer({ dev: { watch: [rule({ action: 'reload' })] } })];
    expect(errorsOf(ourPod({ containers }))).toEqual([
      'spec.containers[0].dev.watch[0].action: Invalid value: "reload": no program of the container says how it reloads (give it reload: {signal: HUP} or {command: […]}, or use action restart or signal)',
    ]);
  });

  test('with all that is wrong at once', () => {
    const wrong = rule({ paths: [], debounce: 'x', target: 'y', action: 'sync' });
    expect(errorsOf(podWith(wrong, wrong))).toHaveLength(6);
  });
});

test('every action is accepted with what belongs to it, for programs and containers alike, without a warning', () => {
  const watch = [
    rule({ include: ['*.js'], exclude: ['*.test.js'], debounce: '50ms', cascade: true, restart: ['web', 'db'] }),
    rule({ action: 'signal', signal: 'USR2' }),
    rule({ action: 'exec', command: ['make', 'all'], restart: [] }),
    rule({ action: 'sync', target: '/app' }),
    rule({ action: 'sync+restart', target: '/app/x.js' }),
    rule({ action: 'sync+exec', target: '/app', command: 'nginx -s reload' }),
    rule({ action: 'rebuild', command: 'make image', directory: '/src' }),
    rule({ debounce: '0s' }),
  ];
  const container = { dev: { watch: [...watch, rule({ action: 'reload' })] } };
  const pod = withProcesses(
    [aProcess({ dev: { watch } }), aProcess({ name: 'db', reload: { signal: 'HUP' }, dev: {} })],
    container,
  );
  expect(errorsOf(pod)).toEqual([]);
  expect(warningsOf(pod)).toEqual([]);
});

describe('in a file', () => {
  const head = `apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      image: host\n      command: [c]\n`;

  test('a mistake has its place', () => {
    const text = `${head}      dev:\n        watch:\n          - paths: [src]\n            action: resart\n`;
    const [problem] = parseManifest(text, '/m/pod.yaml').diagnostics;
    expect(problem).toMatchObject({
      position: { line: 12, column: 21 },
      field: 'spec.containers[0].dev.watch[0].action',
      hint: 'did you mean "restart"?',
    });
  });

  test('paths start from the manifest’s own directory, and so does the build', () => {
    const watch = '{watch: [{paths: [src, ../lib, /abs], action: rebuild, command: make}]}';
    const text = `${head}      dev: ${watch}\n`.replace(
      'command: [c]',
      `processes: [{name: p, command: [p], dev: ${watch}}]`,
    );
    const { pods, diagnostics } = parseManifest(text, '/m/pod.yaml');
    expect(diagnostics).toEqual([]);
    const expected = {
      watch: [{ paths: ['/m/src', '/lib', '/abs'], action: 'rebuild', command: 'make', directory: '/m' }],
    };
    expect(pods[0]?.manifest.spec.containers).toMatchObject([{ dev: expected, processes: [{ dev: expected }] }]);
  });

  test('what is no map or list is complained of, not crashed on', () => {
    for (const dev of ['5', '[]', '{watch: 5}', '{watch: [5, null]}', '{watch: [{paths: {}, action: []}]}']) {
      expect(parseManifest(`${head}      dev: ${dev}\n`, '/m/pod.yaml').diagnostics.length, dev).toBeGreaterThan(0);
    }
  });

  test('dev is no part of what runs', () => {
    const withDev = `${head}      dev: {watch: [{paths: [src], action: restart}]}\n`;
    const specOf = (text: string) => parseManifest(text, '/m/pod.yaml').pods[0]?.spec;
    expect(specOf(withDev)).toEqual(specOf(head));
  });
});
