import { describe, expect, test } from 'vitest';
import {
  formatTarget,
  isPlainGroup,
  type PodPrograms,
  parseTarget,
  resolveTarget,
  selectGroups,
} from '../../../src/cli/program-target.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { aGroup, aProgram } from '../../support/programs.ts';

const worker = [aProgram('worker', { hasInstances: true }), aProgram('worker:1')];
const one: PodPrograms = {
  groups: [aGroup([aProgram('db'), ...worker])],
  declared: new Map([['app', ['db', 'worker', 'idle']]]),
};
const two: PodPrograms = {
  groups: [...one.groups, aGroup([aProgram('db')], { container: 'side' })],
  declared: new Map(),
};
/** A program bears its container's name. */
const twin: PodPrograms = { groups: [aGroup([aProgram('app'), aProgram('db')])], declared: new Map() };
const stopped: PodPrograms = {
  groups: [aGroup([], { state: 'terminated', reason: 'Error' })],
  declared: new Map([['app', ['db']]]),
};

const resolve = (word: string, programs: PodPrograms): string =>
  formatTarget(resolveTarget(parseTarget(word), programs));

describe('targets', () => {
  test.each([
    ['the pod', 'web', two, 'pod/web'],
    ['the pod, with kubectl’s kind', 'pod/web', two, 'pod/web'],
    ['a container', 'web/side', two, 'pod/web/side'],
    ['a program', 'web/app/worker', two, 'pod/web/app/worker'],
    ['one instance', 'pods/web/app/worker:1', two, 'pod/web/app/worker:1'],
    ['the first instance', 'web/app/worker:0', two, 'pod/web/app/worker:0'],
    ['a program of the only container', 'web/db', one, 'pod/web/app/db'],
    ['an instance in the only container', 'web/worker:1', one, 'pod/web/app/worker:1'],
    ['a program that has no instance now', 'web/idle', one, 'pod/web/app/idle'],
    ['the container, when a program has its name', 'web/app', twin, 'pod/web/app'],
    ['a program of a container that does not run', 'web/app/db', stopped, 'pod/web/app/db'],
    ['the first instance of a program without instances', 'web/app/db:0', one, 'pod/web/app/db:0'],
  ])('%s', (_, word, programs, expected) => {
    expect(resolve(word, programs)).toBe(expected);
  });

  test.each(['', '/', 'pod/', 'web/', 'web//db', 'web/app/db/x', '/app'])('"%s" is no target', (word) => {
    expect(() => parseTarget(word)).toThrow(/is not POD, POD\/CONTAINER or POD\/CONTAINER\/PROGRAM/);
  });

  test.each([
    ['web/nope/db', two, 'pod web has no container "nope"', 'containers of web: app, side'],
    ['web/ap', two, 'pod web has no container "ap"', 'did you mean app? containers of web: app, side'],
    ['web/db', two, 'pod web has no container "db"', 'containers of web: app, side'],
    [
      'web/wrker',
      one,
      'pod web has neither a container nor a program "wrker"',
      'did you mean worker? its container is app, with the programs db, worker, idle',
    ],
    [
      'web/app/wrker',
      one,
      'container web/app has no program "wrker"',
      'did you mean worker? programs of web/app: db, worker, idle',
    ],
    ['web/app/worker:7', one, 'program web/app/worker has no instance 7', 'there are worker:0, worker:1'],
    ['web/app/db:1', one, 'program web/app/db has no instance 1', 'there is db'],
    [
      'web/app/a:b',
      one,
      'container web/app has no program "a:b"',
      'did you mean db? programs of web/app: db, worker, idle',
    ],
  ])('%s says what there is', (word, programs, message, hint) => {
    const failure = catchError(() => resolve(word, programs));
    expect(failure).toBeInstanceOf(PodError);
    expect(failure).toMatchObject({ code: 'NotFound', message, hint });
  });

  test.each([
    [{ pod: 'web' }, ['app/db', 'app/worker:0', 'app/worker:1', 'side/db']],
    [{ pod: 'web', container: 'side' }, ['side/db']],
    [{ pod: 'web', container: 'app', program: { program: 'worker' } }, ['app/worker:0', 'app/worker:1']],
    [{ pod: 'web', container: 'app', program: { program: 'worker', instance: 1 } }, ['app/worker:1']],
    [{ pod: 'db' }, []],
  ])('%j means %j', (target, labels) => {
    const selected = selectGroups(target, two.groups);
    expect(selected.flatMap(({ container, programs }) => programs.map(({ label }) => `${container}/${label}`))).toEqual(
      labels,
    );
  });

  test('a container of one essential program main is plain', () => {
    expect(isPlainGroup(aGroup([aProgram('main', { essential: true })]))).toBe(true);
    expect(isPlainGroup(aGroup([aProgram('web', { essential: true })]))).toBe(false);
    expect(isPlainGroup(aGroup([aProgram('main', { essential: true }), aProgram('web')]))).toBe(false);
  });
});

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
