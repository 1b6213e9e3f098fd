import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProcesses, type Surroundings } from '../../../src/standalone/parse-processes.ts';
import { planProcesses } from '../../../src/standalone/plan-processes.ts';

const surroundings = (changes: Partial<Surroundings> = {}): Surroundings => ({
  env: { PATH: '/bin', HOME: '/home/me', MONEY: '$$(PATH) $X' },
  uid: 0,
  gid: 0,
  groups: [],
  capabilities: ['CHOWN', 'SETUID'],
  workingDir: '/srv',
  ...changes,
});

const facts = {
  hostname: 'box',
  memoryBytes: 1e9,
  lastCapability: 40,
  oomScoreAdj: 7,
  home: '/home/me',
  variables: { PODINIT_SOCKET: '/s' },
  programVariable: 'PODINIT_PROGRAM',
};

const parse = (text: string, changes: Partial<Surroundings> = {}) =>
  parseProcesses(text, 'p.yaml', surroundings(changes));
const one = (fields: string) => `processes:\n  - name: web\n    command: [web]\n${fields}`;

function plan(text: string, changes: Partial<Surroundings> = {}) {
  const { pod, ownHome, diagnostics } = parse(text, changes);
  expect(diagnostics).toEqual([]);
  return pod === undefined ? [] : planProcesses(pod, ownHome, facts);
}

function environment(text: string, changes: Partial<Surroundings> = {}): Record<string, string> {
  const [first] = plan(text, changes);
  return Object.fromEntries(
    (first?.exec.envp ?? []).map((entry) => [entry.split('=')[0], entry.slice(entry.indexOf('=') + 1)]),
  );
}

describe('a file of processes', () => {
  test('is a list alone, or one with apiVersion and kind', () => {
    expect(plan(one('')).map(({ name }) => name)).toEqual(['web']);
    expect(plan(`apiVersion: podctl.dev/v1\nkind: Processes\n${one('')}`)).toHaveLength(1);
  });

  test('may hold rules for podctl dev, which are nothing to podinit', () => {
    expect(plan(one('    dev: {watch: [{paths: [src], action: restart}]}\n'))).toEqual(plan(one('')));
  });

  test('gives programs podinit’s own surroundings', () => {
    const [web] = plan(one(''), { uid: 1000, gid: 1001, groups: [4], capabilities: [] });
    expect(web?.exec).toMatchObject({
      ...{ uid: 1000, gid: 1001, supplementaryGroups: [4], workingDir: '/srv', capabilities: [], oomScoreAdj: 7 },
    });
  });

  test('gives programs podinit’s environment as it is, and their own over it', () => {
    expect(environment(one('    env: {PATH: "/x:$(PATH)"}'))).toEqual({
      PATH: '/x:/bin',
      HOME: '/home/me',
      MONEY: '$$(PATH) $X',
      HOSTNAME: expect.any(String),
      INSTANCE: '0',
      PODINIT_SOCKET: '/s',
      PODINIT_PROGRAM: 'web',
    });
  });

  const homes: readonly (readonly [string, string, string | undefined])[] = [
    ['of podinit’s user is podinit’s', '', '/home/me'],
    ['of another user by number is not', '    user: 1000', '/'],
    ['of another user by name is looked up later', '    user: www-data', undefined],
    ['is the written one', '    user: 1000\n    env: {HOME: /own}', '/own'],
  ];
  test.each(homes)('HOME %s', (_name, fields, home) => {
    const [web] = plan(one(fields));
    const entries = (web?.exec.envp ?? []).filter((entry) => entry.startsWith('HOME='));
    if (home === undefined) expect(web?.exec.homeOfUser).toBe(true);
    else expect(entries).toEqual([`HOME=${home}`]);
  });

  test('takes COMMAND as one more essential program', () => {
    const [, main] = plan(one(''), { command: ['run', '$(PATH)'] });
    expect(main).toMatchObject({ name: 'main', essential: true, restart: { policy: 'never' } });
    expect(main?.exec.argv).toEqual(['run', '$(PATH)']);
  });

  const wrong: readonly (readonly [string, string, number, number, string])[] = [
    ['a name that is none', 'processes:\n  - name: Web\n    command: [a]', 2, 11, 'processes[0].name'],
    ['a missing command', 'processes:\n  - name: web', 2, 5, 'processes[0].command'],
    ['an unknown field of a program', one('    comand: [a]'), 4, 5, 'processes[0].comand'],
    ['an unknown field beside the list', 'procesess: []\nprocesses: []', 1, 1, 'procesess'],
    ['another kind', `kind: Pod\n${one('')}`, 1, 7, 'kind'],
    ['another apiVersion', `apiVersion: v1\n${one('')}`, 1, 13, 'apiVersion'],
    ['no list', 'processes: web', 1, 12, 'processes'],
    ['nothing', '', 1, 1, ''],
    ['two documents', `${one('')}\n---\n${one('')}`, 6, 1, ''],
    ['a cycle', 'processes:\n  - {name: a, command: [a], dependsOn: {a: ready}}', 2, 41, 'processes[0].dependsOn.a'],
    ['YAML that is none', 'processes: [', 1, 13, ''],
    ['a control character', 'processes: "\u0001"', 1, 1, ''],
  ];
  test.each(wrong)('refuses %s at its place', (_name, text, line, column, field) => {
    const { pod, diagnostics } = parse(text);
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    expect({ position: first?.position, field: first?.field }).toEqual({ position: { line, column }, field });
    expect(first?.sourceLine === undefined || text.includes(first.sourceLine)).toBe(true);
    expect(pod === undefined || diagnostics.length > 0).toBe(true);
  });

  test.each([
    ['envFrom: [{configMapRef: {name: a}}]', 'processes[0].envFrom[0]'],
    ['envFile: [/a.env]', 'processes[0].envFile[0]'],
    ['env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]', 'processes[0].env[0].valueFrom'],
  ])('refuses what only podd could give: %s', (fields, field) => {
    const { pod, diagnostics } = parse(one(`    ${fields}`));
    expect(pod).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { severity: 'error', field, message: 'needs podd, which podinit runs without' },
    ]);
  });

  test('refuses a program named main beside COMMAND', () => {
    const { diagnostics } = parse('processes:\n  - {name: main, command: [a]}', { command: ['b'] });
    expect(diagnostics).toMatchObject([
      { severity: 'error', position: { line: 2, column: 12 }, field: 'processes[0].name' },
    ]);
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.json(), (text, json) => {
        for (const body of [text, json, `processes: ${json}`, `processes: [${json}]`]) parse(body, { command: ['x'] });
      }),
      { numRuns: 50 },
    );
  });
});
