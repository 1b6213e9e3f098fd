/** What is asked of a PID 1, as data: each case says what it does with one session and what came of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { allPids, readProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Init } from './inits.ts';
import { limitPids } from './limit-pids.ts';
import { conformancePayload } from './payload.ts';
import { Session, type SessionOptions } from './session.ts';

export interface Verdict {
  /** undefined: the question does not arise */
  readonly passed: boolean | undefined;
  readonly detail: string;
}

export interface Case {
  readonly id: string;
  readonly title: string;
  readonly run: (init: Init) => Promise<Verdict>;
}

const pass = (detail = ''): Verdict => ({ passed: true, detail });
const fail = (detail: string): Verdict => ({ passed: false, detail });
const check = (ok: boolean, detail: string): Verdict => (ok ? pass() : fail(detail));

async function withSession(
  init: Init,
  mode: readonly string[],
  run: (session: Session) => Promise<Verdict>,
  options: SessionOptions = {},
): Promise<Verdict> {
  const session = new Session(init, mode, options);
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}

const { SIGTERM, SIGHUP, SIGUSR1, SIGSTOP, SIGCONT } = {
  SIGTERM: 15,
  SIGHUP: 1,
  SIGUSR1: 10,
  SIGSTOP: 19,
  SIGCONT: 18,
};
/** No fault of a program of its own (those are the init's own faults), KILL and STOP (never delivered), CHLD, TTIN and TTOU (the init's own terminal), 32 and 33 (glibc's). */
const notForwardable = new Set([4, 5, 6, 7, 8, 9, 11, 17, 19, 21, 22, 31, 32, 33]);
const supervisorsOwn = new Set([1, 2, 3, 15]);
const signalsFor = (init: Init): number[] =>
  Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (signal) => !notForwardable.has(signal) && !(init.kind === 'supervisor' && supervisorsOwn.has(signal)),
  );

async function forwardsSignals(init: Init): Promise<Verdict> {
  return withSession(init, ['signals'], async (session) => {
    await session.line('ready');
    const lost: number[] = [];
    for (const signal of signalsFor(init)) {
      if (!(await session.signal(signal))) return fail(`signal ${signal - 1} ended it`);
      if (!(await session.has(`got ${signal}`, 5_000))) lost.push(signal);
    }
    return check(lost.length === 0, `not forwarded: ${ranges(lost)}`);
  });
}

/** 1 2 3 7 → `1–3, 7` */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

const exitCodes = [0, 1, 2, 3, 42, 63, 64, 100, 126, 127, 128, 129, 137, 143, 200, 254, 255];
const deadlySignals = [1, 2, 3, 4, 6, 8, 9, 11, 13, 14, 15, 24, 34, 64];

async function mapsExitCodes(init: Init): Promise<Verdict> {
  const wanted = [
    ...exitCodes.map((code) => ({ mode: ['exit', `${code}`], code })),
    ...deadlySignals.map((signal) => ({ mode: ['die', `${signal}`], code: 128 + signal })),
  ];
  for (const { mode, code } of wanted) {
    const verdict = await withSession(init, mode, async (session) => {
      const got = await session.exit(15_000);
      if (got === undefined) return fail('does not end with its program');
      return check(got === code, `${mode.join(' ')}: ${got} instead of ${code}`);
    });
    if (verdict.passed !== true) return verdict;
  }
  return pass();
}

/** In the field of `payload outer`, which is PID 1 then. */
const asChild: SessionOptions = { before: [] };
const outer = (): SessionOptions => ({ ...asChild, before: [conformancePayload(), 'outer'] });

const leavesNothing = (init: Init): Promise<Verdict> =>
  withSession(
    init,
    ['tree'],
    async (session) => {
      await session.line('ready');
      if (!init.forwards) return fail('does not end with its program');
      const left = Number(await session.line('left', 15_000));
      return check(left === 0, `${left} of 3 processes survive`);
    },
    outer(),
  );

/** The signal goes to the init, a child of PID 1. */
const stopsTree = (init: Init): Promise<Verdict> =>
  withSession(
    init,
    ['tree', 'stay'],
    async (session) => {
      await session.line('ready');
      const pidOne = await session.initPid();
      const child = allPids().find((pid) => readProcess(pid)?.ppid === pidOne);
      if (child === undefined) return fail('is not there');
      process.kill(child, SIGTERM);
      const left = Number(await session.line('left', 15_000));
      return check(left === 0, `${left} processes survive`);
    },
    outer(),
  );

const stopsStubborn = (init: Init): Promise<Verdict> =>
  withSession(init, ['ignore'], async (session) => {
    await session.line('ready');
    await session.signal(SIGTERM);
    return check((await session.exit(10_000)) !== undefined, 'runs on for ever');
  });

const survivesHangUp = (init: Init): Promise<Verdict> =>
  withSession(init, ['signals'], async (session) => {
    await session.line('ready');
    if (!(await session.signal(SIGHUP))) return fail('is gone');
    // who reaps what came after it has dealt with it
    const pid = await session.initPid().catch(() => undefined);
    if (pid !== undefined) await execa(conformancePayload(), ['inject', String(pid)], { reject: false });
    if (pid === undefined || !(await noZombies(pid)) || (await session.exit(1)) !== undefined) return fail('ends');
    if (init.kind === 'command') return check(await session.has('got 1', 10_000), 'is not forwarded');
    return check(
      session.output.match(/ready/g)?.length === 1 && !/got/.test(session.output),
      'ends or restarts its programs',
    );
  });

const survivesStop = (init: Init): Promise<Verdict> =>
  withSession(init, ['signals'], async (session) => {
    await session.line('ready');
    const pid = await session.initPid();
    await session.signal(SIGSTOP);
    await waitFor('stopped', () => readProcess(pid)?.state === 'T');
    await execa(conformancePayload(), ['inject', String(pid)]);
    await session.signal(SIGCONT);
    if (!(await noZombies(pid))) return fail('zombies of the time in between stay');
    if (!init.forwards) return pass();
    await session.signal(SIGUSR1);
    return check(await session.has('got 10', 10_000), 'forwards nothing afterwards');
  });

async function noZombies(init: number): Promise<boolean> {
  try {
    const clean = () => allPids().every((pid) => !isZombieOf(pid, init));
    return (await waitFor('no zombies', clean, 15_000)) === true;
  } catch {
    return false;
  }
}

function isZombieOf(pid: number, init: number): boolean {
  const process = readProcess(pid);
  return process?.ppid === init && process.state === 'Z';
}

const reapsStrangers = (init: Init): Promise<Verdict> =>
  withSession(init, ['signals'], async (session) => {
    await session.line('ready');
    const pid = await session.initPid();
    await execa(conformancePayload(), ['inject', String(pid)]);
    return check(await noZombies(pid), 'they stay zombies');
  });

const reapsMany = (init: Init): Promise<Verdict> =>
  withSession(init, ['orphans', '10000'], async (session) => {
    const ms = await session.line('took', 40_000).catch(() => undefined);
    if (ms === undefined) return fail('are not reaped within 40 s');
    const zombies = Number(await session.line('zombies'));
    return zombies === 0 ? pass(`${ms} ms`) : fail(`${zombies} stay zombies`);
  });

const hasNoForeignFds = (init: Init): Promise<Verdict> =>
  withSession(init, ['fds'], async (session) => {
    await session.line('end');
    const leaked = [...session.output.matchAll(/fd (\d+)/g)].map(([, fd]) => fd);
    return check(leaked.length === 0, `open in the program: ${leaked.join(', ')}`);
  });

const noTerminal: Verdict = { passed: undefined, detail: 'programs have no terminal' };

/** Runs under a terminal as container runtimes give it to PID 1. */
function onTerminal(init: Init, run: (session: Session) => Promise<Verdict>): Promise<Verdict> {
  if (init.kind === 'supervisor') return Promise.resolve(noTerminal);
  const payload = conformancePayload();
  return withSession(init, ['tty', '{dir}/marks'], run, { around: [payload, 'pty'], before: [payload, 'ctty'] });
}

const givesTerminal = (init: Init): Promise<Verdict> =>
  onTerminal(init, async (session) => {
    if ((await session.line('foreground')) !== '1') return fail('its program is in the background');
    session.write('17\n');
    return check(await session.has('line 17', 10_000), 'its program cannot read');
  });

const passesInterrupt = (init: Init): Promise<Verdict> =>
  onTerminal(init, async (session) => {
    await session.line('foreground');
    session.write('\u0003');
    return check(await session.has('int 2', 10_000), 'does not reach the program');
  });

const endsWithTerminal = (init: Init): Promise<Verdict> =>
  onTerminal(init, async (session) => {
    await session.line('foreground');
    process.kill(session.outerPid, 'SIGUSR1');
    const ended = await session.exit(15_000);
    const marks = join(session.dir, 'marks');
    if (!existsSync(marks) || !readFileSync(marks, 'utf8').includes('hup')) return fail('the program is not told');
    return check(ended === 5, ended === undefined ? 'lives on' : `exit code ${ended} instead of 5`);
  });

async function survivesExhaustion(init: Init): Promise<Verdict> {
  const limit = limitPids(64);
  if ('missing' in limit) return { passed: undefined, detail: limit.missing };
  try {
    return await withSession(
      init,
      ['exhaust'],
      async (session) => {
        await session.line('full', 30_000);
        if (init.forwards && !(await session.signal(SIGUSR1))) return fail('is gone');
        if (init.forwards && !(await session.has('got 10', 10_000)))
          return fail('forwards nothing while no process can be made');
        if (!(await session.has('recovered 1', 15_000))) return fail('does not recover');
        if (!init.forwards) return check((await session.exit(1)) === undefined, 'is gone');
        const code = await session.exit(15_000);
        return check(code === 21, `ends with ${code ?? 'nothing'} instead of 21`);
      },
      { around: limit.around },
    );
  } finally {
    await limit.remove();
  }
}

/** In the order of the table. */
export const cases: readonly Case[] = [
  { id: 'orphans', title: 'reaps 10,000 orphans that end at once', run: reapsMany },
  { id: 'strangers', title: 'reaps children that it never knew', run: reapsStrangers },
  { id: 'signals', title: 'forwards every forwardable signal, real-time ones too', run: forwardsSignals },
  { id: 'exit-codes', title: 'ends with its program’s code, 128+n for signal n', run: mapsExitCodes },
  { id: 'tree-end', title: 'not PID 1: leaves nothing when its program ends, setsid or not', run: leavesNothing },
  { id: 'tree-stop', title: 'not PID 1: leaves nothing when it is stopped', run: stopsTree },
  { id: 'stubborn', title: 'stops a program that ignores TERM', run: stopsStubborn },
  { id: 'hup', title: 'outlives SIGHUP', run: survivesHangUp },
  { id: 'tty', title: 'terminal: its program is in the foreground and can read', run: givesTerminal },
  { id: 'tty-int', title: 'terminal: Ctrl-C reaches the program', run: passesInterrupt },
  { id: 'tty-hup', title: 'terminal: its end reaches the program, whose code counts', run: endsWithTerminal },
  { id: 'stop-cont', title: 'survives SIGSTOP and SIGCONT', run: survivesStop },
  { id: 'pids', title: 'survives the exhaustion of pids', run: survivesExhaustion },
  { id: 'fds', title: 'leaks no descriptor into the program', run: hasNoForeignFds },
];
