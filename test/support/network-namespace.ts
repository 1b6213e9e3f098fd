/** Network namespaces of the tests' own, as other machines would be: held by a process, linked by veth pairs, gone with the process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';
import { readNamespace } from './processes.ts';
import { waitFor } from './wait-for.ts';

export interface NetworkNamespace {
  /** the process that holds it */
  readonly pid: number;
  /** standard output of a command that runs in it and must succeed */
  run(command: string, args: readonly string[]): Promise<string>;
  /** a program that goes on in it */
  start(command: string, args: readonly string[]): ChildProcess;
  close(): Promise<void>;
}

/** The namespace of a process that somebody else holds: a pod's init, or `process.pid` for the machine's own. */
export function namespaceOf(pid: number): Omit<NetworkNamespace, 'close'> {
  const enter = [`--net=/proc/${pid}/ns/net`, '--'];
  return {
    pid,
    run: async (command, args) => (await execa('nsenter', [...enter, command, ...args])).stdout,
    start: (command, args) => spawn('nsenter', [...enter, command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
  };
}

/** An empty namespace with its loopback up. */
export async function openNamespace(): Promise<NetworkNamespace> {
  const holder = spawn('unshare', ['--net', '--', 'sleep', 'infinity'], { stdio: 'ignore' });
  const pid = holder.pid ?? 0;
  const own = readNamespace(process.pid, 'net');
  await waitFor('a network namespace', () => ![own, undefined, ''].includes(readNamespace(pid, 'net')));
  const namespace = namespaceOf(pid);
  await namespace.run('ip', ['link', 'set', 'lo', 'up']);
  const close = async (): Promise<void> => {
    const exited = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exited;
  };
  return { ...namespace, close };
}

/** Links two namespaces by a veth pair; each end is named `test0` in its own unless told otherwise, and has the addresses (CIDR). */
export async function linkNamespaces(left: LinkEnd, right: LinkEnd): Promise<void> {
  const ends = [left, right].map(({ pid, link = 'test0' }) => ['name', link, 'netns', String(pid)]);
  await execa('ip', ['link', 'add', ...(ends[0] ?? []), 'type', 'veth', 'peer', ...(ends[1] ?? [])]);
  for (const { pid, link = 'test0', addresses } of [left, right]) {
    const { run } = namespaceOf(pid);
    for (const address of addresses)
      await run('ip', ['address', 'add', address, 'dev', link, ...(address.includes(':') ? ['nodad'] : [])]);
    await run('ip', ['link', 'set', link, 'up']);
  }
}

export interface LinkEnd {
  readonly pid: number;
  readonly link?: string;
  readonly addresses: readonly string[];
}

/** Another machine that reaches this one at 198.51.100.1 and 2001:db8:7::1 and everything else by way of it (addresses of RFC 5737 and 3849). */
export async function openNeighbour(): Promise<NetworkNamespace> {
  const neighbour = await openNamespace();
  const link = `pt${neighbour.pid}`;
  await linkNamespaces(
    { pid: process.pid, link, addresses: ['198.51.100.1/24', '2001:db8:7::1/64'] },
    { pid: neighbour.pid, addresses: ['198.51.100.2/24', '2001:db8:7::2/64'] },
  );
  await neighbour.run('ip', ['route', 'add', 'default', 'via', '198.51.100.1']);
  await neighbour.run('ip', ['-6', 'route', 'add', 'default', 'via', '2001:db8:7::1']);
  const close = async (): Promise<void> => {
    // A namespace is taken apart some time after its last process.
    await execa('ip', ['link', 'delete', link]);
    await neighbour.close();
  };
  return { ...neighbour, close };
}
