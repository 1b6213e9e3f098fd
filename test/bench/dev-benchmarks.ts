/** Save of a source file → the program answers with it, over HTTP: examples/dev.yaml under podctl dev, beside `node --watch`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { DevProcess } from '../support/dev-process.ts';
import { freePort } from '../support/free-port.ts';
import type { Instance } from '../support/instance.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';
import { report, sampled, timed } from './measure.ts';

const saves = 30;

/** All with the same server and the same client; the rules of examples/dev.yaml have a debounce of 50 ms. */
export async function devLoop(instance: Instance): Promise<void> {
  const dir = join(instance.base, 'dev-bench');
  mkdirSync(dir);
  cpSync(inRepository('examples/dev.yaml'), join(dir, 'dev.yaml'));
  cpSync(inRepository('examples/dev'), join(dir, 'dev'), { recursive: true });
  const port = await freePort();
  report('node-start-to-answer', 'ms', await sampled(10, () => startMs(dir, port)));
  report('save-to-answer-node-watch', 'ms', await sampled(saves, () => underNodeWatch(dir, port)));
  const sessions: number[] = [];
  while (sessions.length < saves) sessions.push(...(await underPodctl(instance, dir, port)));
  report('save-to-answer-podctl-dev', 'ms', sessions);
}

/** What a start of the program costs alone, without anything that watches. */
async function startMs(dir: string, port: number): Promise<number> {
  const token = save(dir);
  const from = performance.now();
  const server = node(['dev/server.js'], dir, port);
  await answers(port, token);
  const ms = performance.now() - from;
  await end(server);
  return ms;
}

/** A watcher for each save: for a while after one it passes over others, and nothing tells when that is over. */
async function underNodeWatch(dir: string, port: number): Promise<number> {
  const before = save(dir);
  const server = node(['--watch', 'dev/server.js'], dir, port);
  try {
    await answers(port, before);
    return await timed(() => answers(port, save(dir)));
  } finally {
    await end(server);
  }
}

/** Three saves to a session: more of them, each at the heels of an action, are taken for a loop. */
async function underPodctl(instance: Instance, dir: string, port: number): Promise<readonly number[]> {
  const before = save(dir);
  const dev = new DevProcess(instance, ['dev', '-f', 'dev.yaml'], { cwd: dir, env: { PORT: String(port) } });
  // Nobody saves while the last save is still being acted upon.
  const saveAndSettle = async (): Promise<number> => {
    dev.mark();
    const ms = await timed(() => answers(port, save(dir)));
    await dev.says(/» restarted .*\(/);
    return ms;
  };
  try {
    await answers(port, before);
    const samples = await sampled(3, saveAndSettle);
    await dev.interrupt();
    return samples;
  } finally {
    await dev.kill();
  }
}

let tokens = 0;

/** In place, for `node --watch` loses a file that another one is renamed over; the server's answer holds the token. */
function save(dir: string): string {
  const token = `answer-${++tokens}`;
  const text = readFileSync(inRepository('examples/dev/server.js'), 'utf8');
  writeFileSync(join(dir, 'dev/server.js'), text.replace('request ${served}', `${token} \${served}`));
  return token;
}

async function answers(port: number, token: string): Promise<void> {
  await waitFor(`port ${port} answers ${token}`, async () => (await ask(port)).includes(`${token} `), 20_000, 1);
}

function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('close', () => resolve(text));
    });
    request.on('error', () => resolve(''));
  });
}

function node(args: readonly string[], cwd: string, port: number): ChildProcess {
  return spawn(process.execPath, args, { cwd, env: { ...process.env, PORT: String(port) }, stdio: 'ignore' });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
