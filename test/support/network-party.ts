/** A process in a network namespace of its own that listens and asks as a test tells it: a pod, or somebody outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { slowFactor } from './real-kernel.ts';

/** Answers `<name> <address of whoever asks>`, then echoes. */
const script = `
const net = require('node:net');
const dgram = require('node:dgram');
const name = process.argv[1];
const open = new Map();
const heard = [];
const shortest = (address) => address.replace(/^::ffff:/, '');
const datagrams = (host) => dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
const parts = {
  listen: ({ protocol, port, host }) => new Promise((resolve, reject) => {
    if (protocol === 'UDP') {
      const socket = dgram.createSocket({ type: host?.includes('.') ? 'udp4' : 'udp6', reuseAddr: true });
      socket.on('message', (_, from) => {
        heard.push(shortest(from.address));
        socket.send(name + ' ' + shortest(from.address), from.port, from.address);
      });
      socket.once('error', reject).bind(port, host, () => resolve());
    } else {
      const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.write(name + ' ' + shortest(socket.remoteAddress));
        socket.pipe(socket);
      });
      server.once('error', reject).listen(port, host, () => resolve());
    }
  }),
  ask: ({ protocol, host, port, from, fromPort, limitMs }) => new Promise((resolve) => {
    const timer = setTimeout(() => done('nothing'), limitMs);
    const socket = protocol === 'UDP' ? datagrams(host) : net.connect({ host, port, localAddress: from, localPort: fromPort });
    const done = (answer) => {
      clearTimeout(timer);
      protocol === 'UDP' ? socket.close() : socket.destroy();
      resolve(answer);
    };
    socket.on('error', (error) => done(error.code));
    if (protocol === 'UDP') {
      socket.on('message', (bytes) => done(String(bytes)));
      socket.bind(fromPort ?? 0, from, () => socket.connect(port, host, () => socket.send('x')));
    } else socket.once('data', (bytes) => done(String(bytes)));
  }),
  open: ({ key, host, port }) => new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    open.set(key, socket);
    socket.once('error', reject);
    socket.once('data', (bytes) => resolve(String(bytes)));
  }),
  heard: async () => heard,
  say: ({ key, text }) => new Promise((resolve, reject) => {
    open.get(key).once('error', reject).once('close', () => reject(new Error('closed')));
    open.get(key).once('data', (bytes) => resolve(String(bytes))).write(text);
  }),
};
process.on('message', async ({ seq, part, argument }) => {
  try {
    process.send({ seq, result: await parts[part](argument) });
  } catch (error) {
    process.send({ seq, failure: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ seq: 0 });
`;

export interface Question {
  readonly host: string;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
  /** address, port that it asks from */
  readonly from?: string;
  readonly fromPort?: number;
}

interface Reply {
  readonly seq: number;
  readonly result?: unknown;
  readonly failure?: string;
}

export class NetworkParty {
  readonly #child: ChildProcess;
  #seq = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // one for each question that is under way
    child.setMaxListeners(0);
  }

  /** `shared`: in this thread's network namespace. */
  static async start(name: string, network: 'own' | 'shared' = 'own'): Promise<NetworkParty> {
    const node = [process.execPath, '-e', script, name];
    const [file = '', ...args] = network === 'own' ? ['unshare', '-n', ...node] : node;
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return new NetworkParty(child);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Without a host on every address of both families. */
  listen(port: number, options: { readonly protocol?: 'TCP' | 'UDP'; readonly host?: string } = {}): Promise<void> {
    return this.#call('listen', { port, ...options }) as Promise<void>;
  }

  /** What it is told, the code of the error, or `nothing` when nobody answers in time (stretched on slow machines). */
  ask(question: Question, limitMs = 2_000): Promise<string> {
    return this.#call('ask', { ...question, limitMs: limitMs * slowFactor }) as Promise<string>;
  }

  /** A connection that is kept: what it is told first. */
  open(key: string, host: string, port: number): Promise<string> {
    return this.#call('open', { key, host, port }) as Promise<string>;
  }

  /** What comes back over a kept connection. */
  say(key: string, text: string): Promise<string> {
    return this.#call('say', { key, text }) as Promise<string>;
  }

  /** Who sent it datagrams so far. */
  heard(): Promise<readonly string[]> {
    return this.#call('heard', {}) as Promise<readonly string[]>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #call(part: string, argument: unknown): Promise<unknown> {
    this.#seq += 1;
    const seq = this.#seq;
    return new Promise((resolve, reject) => {
      const take = (reply: Reply): void => {
        if (reply.seq !== seq) return;
        this.#child.off('message', take);
        if (reply.failure === undefined) resolve(reply.result);
        else reject(new Error(reply.failure));
      };
      this.#child.on('message', take);
      this.#child.send({ seq, part, argument });
    });
  }
}
