import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { aContainer, aProcess, errorsOf, ourPod, warningsOf, withContainer, withProcesses } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

describe('processes are refused', () => {
  const at = 'spec.containers[0]';
  test.each<[string, unknown, string[]]>([
    [
      'in a pod of v1',
      withContainer({ processes: [aProcess()] }),
      [`${at}.processes: unknown field "processes" (use apiVersion: podctl.dev/v1)`],
    ],
    [
      'when there is none',
      withProcesses([]),
      [`${at}.processes: Required value: at least one program (a container with one program needs only command)`],
    ],
    [
      'beside command and args',
      withProcesses([aProcess()], { command: ['x'], args: ['y'] }),
      ['command', 'args'].map(
        (name) =>
          `${at}.${name}: Forbidden: may not be given together with processes (make it a program of processes, or remove processes)`,
      ),
    ],
    [
      'with a name twice',
      withProcesses([aProcess(), aProcess()]),
      [`${at}.processes[1].name: Duplicate value: "web" (for copies of one program use instances)`],
    ],
    [
      'with a reserved name',
      withProcesses([aProcess({ name: '_exec' })]),
      [`${at}.processes[0].name: Invalid value: "_exec": names that begin with "_" are podctl’s own`],
    ],
    ['with an empty name', withProcesses([aProcess({ name: '' })]), [`${at}.processes[0].name: Required value`]],
    [
      'with more than 2000 programs in all',
      withProcesses([1_000, 1_000, 1].map((instances, index) => aProcess({ name: `p${index}`, instances }))),
      [
        `${at}.processes: Too many: with all instances 2001 programs, more than the 2000 that one container may have (share them out among several containers)`,
      ],
    ],
    [
      'as a map',
      withProcesses({} as never),
      [`${at}.processes: must be a list, not a map (begin each entry with "- ")`],
    ],
    [
      'with a program that would be root where none may be',
      withProcesses(
        [
          aProcess({ user: 0 }),
          aProcess({ name: 'b' }),
          aProcess({ name: 'c', user: 'redis' }),
          aProcess({ name: 'd', user: 7 }),
        ],
        {
          securityContext: { runAsNonRoot: true },
        },
      ),
      [
        `${at}.processes[0].user: program "web" of a container with runAsNonRoot would run as root (set user to an id other than 0)`,
        `${at}.processes[1].name: program "b" of a container with runAsNonRoot would run as root (set user to an id other than 0)`,
        `${at}.processes[2].user: program "c" of a container with runAsNonRoot runs as a user by name, which may be root (set user to the user’s id)`,
      ],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });
});

test('one name may be used in several containers', () => {
  const containers = ['a', 'b'].map((name) => ({ name, image: 'host', processes: [aProcess()] }));
  expect(errorsOf(ourPod({ containers }))).toEqual([]);
});

describe('a warning is given for', () => {
  const at = 'spec.containers[0].processes[0]';
  const other = (fields: Fields) => [
    aProcess({ dependsOn: { db: 'completed' } }),
    { name: 'db', command: ['db'], ...fields },
  ];
  test.each<[string, unknown, string[]]>([
    [
      'a dependency that is not started by itself',
      withProcesses([aProcess({ dependsOn: { db: 'ready' } }), { name: 'db', command: ['db'], autostart: false }]),
      [`${at}.dependsOn.db: "db" has autostart: false: this program waits until somebody starts it`],
    ],
    [
      'a dependency that never ends',
      withProcesses(other({ restart: 'always' })),
      [`${at}.dependsOn.db: "db" has restart: always and so never ends for good: this program never starts`],
    ],
    [
      'a dependency that takes the container along',
      withProcesses(other({ essential: true })),
      [`${at}.dependsOn.db: "db" is essential: when it ends, the container ends and this program never starts`],
    ],
    [
      'limits above the container’s',
      withProcesses([aProcess({ resources: { limits: { cpu: 2, memory: '1Gi', pids: 3000 } } })], {
        resources: { limits: { cpu: '500m', memory: '64Mi' } },
      }),
      [
        `${at}.resources.limits[cpu]: 2 is more than the container’s limit of 500m, which holds for it too`,
        `${at}.resources.limits[memory]: 1Gi is more than the container’s limit of 64Mi, which holds for it too`,
        `${at}.resources.limits[pids]: 3000 is more than the container’s limit of 2048, which holds for it too`,
      ],
    ],
    [
      'a grace beyond the pod’s',
      withProcesses([aProcess({ stop: { graceSeconds: '1m' } })]),
      [`${at}.stop.graceSeconds: when the whole pod stops, SIGKILL comes after 30 s already`],
    ],
    [
      'an INSTANCE of one’s own',
      withProcesses([aProcess({ env: { INSTANCE: 'x' } })]),
      [`${at}.env.INSTANCE: INSTANCE is always the number of the instance, ignored`],
    ],
    [
      'a terminal of the container',
      withProcesses([aProcess()], { tty: true }),
      ['spec.containers[0].tty: means nothing in a container with processes, ignored'],
    ],
  ])('%s', (_, pod, warnings) => {
    expect(errorsOf(pod)).toEqual([]);
    expect(warningsOf(pod)).toEqual(warnings);
  });

  test('nothing in a container that has a terminal', () => {
    expect(warningsOf(ourPod({ containers: [aContainer({ stdin: true, tty: true })] }))).toEqual([]);
  });
});

describe('the place of a mistake', () => {
  const head = `apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      image: host\n      processes:\n`;
  test.each<[string, string, [number, number, string, string?][]]>([
    [
      'a circle is at the entry that leads on',
      '- {name: a, command: [a]}\n- name: b\n  command: [b]\n  dependsOn:\n    a: started\n    c: ready\n- {name: c, command: [c], dependsOn: {b: ready}}',
      [[14, 13, 'spec.containers[0].processes[1].dependsOn.c', 'one of them must start without the other']],
    ],
    [
      'an octal number keeps its zeros in the hint',
      '- {name: a, command: [a], umask: 0027}',
      [[9, 42, 'spec.containers[0].processes[0].umask', 'quote it: "0027"']],
    ],
    [
      'a wrong condition is at its word',
      '- name: a\n  command: [a]\n  dependsOn: {b: redy}\n- {name: b, command: [b]}',
      [[11, 26, 'spec.containers[0].processes[0].dependsOn.b', 'did you mean "ready"?']],
    ],
    [
      'all come at once',
      '- name: a\n  command: []\n  user: "0x10"\n  stop: {signal: TREM}',
      [
        [10, 11, 'spec.containers[0].processes[0].command'],
        [11, 17, 'spec.containers[0].processes[0].user'],
        [12, 26, 'spec.containers[0].processes[0].stop.signal', 'did you mean "TERM"?'],
      ],
    ],
  ])('%s', (_, processes, places) => {
    const text = `${head}${processes.replaceAll(/^/gm, '        ')}\n`;
    const found = parseManifest(text, 'f.yaml').diagnostics;
    expect(found.map(({ position: { line, column }, field }) => [line, column, field])).toEqual(
      places.map(([line, column, field]) => [line, column, field]),
    );
    for (const [index, [, , , hint]] of places.entries()) if (hint !== undefined) expect(found[index]?.hint).toBe(hint);
  });
});
