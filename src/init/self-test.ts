/** Proof that forking this Node works here: a child that allocates, collects, uses a timer and a socket (DESIGN §2.9). */
import { connect, createServer } from 'node:net';
import { exitNow, repairLoop } from '../linux/process.ts';

export const selfTestPassed = 42;
const selfTestFailed = 43;
/** Machines that emulate another, or that are swamped, have needed ten seconds. */
const timeLimitMs = 60_000;

/** Runs in a forked child and never returns to the caller's work: the child exits with `selfTestPassed`. */
export function runSelfTest(listenFd: number, socketPath: string): void {
  repairLoop();
  process.on('uncaughtException', () => exitNow(selfTestFailed));
  setTimeout(() => exitNow(selfTestFailed), timeLimitMs);
  const server = createServer((socket) => socket.pipe(socket));
  server.listen({ fd: listenFd });
  churnHeap();
  setTimeout(() => {
    const socket = connect(socketPath, () => socket.write('echo'));
    socket.on('data', (bytes) => {
      churnHeap();
      exitNow(String(bytes) === 'echo' ? selfTestPassed : selfTestFailed);
    });
  }, 1);
}

/** Some 40 MB of garbage: several young collections and at least one marking, which hang when helper threads are missing. */
function churnHeap(): void {
  let kept: unknown[] = [];
  for (let i = 0; i < 60_000; i++) {
    kept.push({ [`k${i % 7}`]: i, list: [i, String(i)] });
    if (kept.length > 20_000) kept = JSON.parse(JSON.stringify(kept.slice(0, 5000)));
  }
}
