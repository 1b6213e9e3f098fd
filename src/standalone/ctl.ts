/** `podinit ctl`: speaks to a running podinit -f over its socket (protocol/init.ts). */
import { connect, type Socket } from 'node:net';
import type { InitEvent, InitReply, InitRequest, InitState } from '../protocol/init.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import type { CtlOptions } from './arguments.ts';
import { formatDecisions, formatStatus } from './format-status.ts';

const seq = 1;
/** Kubernetes' terminationGracePeriodSeconds, as podinit's own default. */
const graceMs = 30_000;

/** The exit code: 0, 1 when podinit cannot be reached or refuses. */
export async function runCtl(options: CtlOptions): Promise<number> {
  const paths = candidates(options.socket);
  for (const path of paths) {
    const socket = await open(path);
    if (socket !== undefined) return converse(socket, options);
  }
  process.stderr.write(`podinit: no podinit answers at ${paths.join(' or ')}\n`);
  process.stderr.write('podinit: is podinit -f running here? Else give --socket PATH\n');
  return 1;
}

function candidates(given: string | undefined): string[] {
  const { PODINIT_SOCKET, XDG_RUNTIME_DIR } = process.env;
  if (given !== undefined) return [given];
  if (PODINIT_SOCKET) return [PODINIT_SOCKET];
  return ['/run/podinit.sock', ...(XDG_RUNTIME_DIR ? [`${XDG_RUNTIME_DIR}/podinit.sock`] : []), '/tmp/podinit-1.sock'];
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** One request and its answer; `shutdown` ends with the connection. */
function converse(socket: Socket, options: CtlOptions): Promise<number> {
  return new Promise((resolve) => {
    const done = (code: number): void => {
      resolve(code);
      socket.destroy();
    };
    let asked = false;
    const ask = (state: InitState): void => {
      asked = true;
      const request = requestOf(options);
      if (request === undefined) done(printStatus(state, options));
      else socket.write(encodeLine(request));
    };
    const take = (event: InitEvent): void => {
      if (event.event === 'reply') done(printReply(event.reply, options));
      if (event.event === 'state' && !asked) ask(event.state);
    };
    socket.on(
      'data',
      createLineSplitter((line) => take(JSON.parse(line) as InitEvent)),
    );
    socket.on('error', () => done(1));
    socket.on('close', () => resolve(options.verb === 'shutdown' ? 0 : 1));
    socket.write(encodeLine({ op: 'control' }));
  });
}

function requestOf({ verb, targets, signal, cascade }: CtlOptions): InitRequest | undefined {
  switch (verb) {
    case 'status':
      return undefined;
    case 'shutdown':
      return { op: 'stop', graceMs };
    case 'why':
      return { op: 'why', seq, targets };
    case 'update':
      // the programs are those of the file that podinit reads again (standalone-supervisor.ts)
      return { op: 'update', seq, programs: [], leaves: {}, cascade };
    default:
      return { op: 'control', seq, verb, targets, cascade, ...(signal === undefined ? {} : { signal }) };
  }
}

function printStatus(state: InitState, { targets, output }: CtlOptions): number {
  const programs = state.programs.filter(
    ({ program, instance }) =>
      targets.length === 0 ||
      targets.some((target) => target.program === program && (target.instance ?? instance) === instance),
  );
  const json = `${JSON.stringify({ ...state, programs }, undefined, 2)}\n`;
  process.stdout.write(output === 'json' ? json : formatStatus(programs, Date.now()));
  return programs.length === 0 && targets.length > 0 ? 1 : 0;
}

function printReply(reply: InitReply, { verb, output }: CtlOptions): number {
  if (output === 'json') process.stdout.write(`${JSON.stringify(reply, undefined, 2)}\n`);
  else if (!reply.ok) process.stderr.write(`podinit: ${reply.message}\n`);
  else if (reply.decisions !== undefined) process.stdout.write(formatDecisions(reply.decisions));
  else process.stdout.write(reply.affected.map((label) => `${label}: ${verb}\n`).join('') || 'nothing to do\n');
  return reply.ok ? 0 : 1;
}
