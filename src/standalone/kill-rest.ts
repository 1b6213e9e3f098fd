/** The end of a standalone podinit: nothing that its programs left survives it. */
import { waitReadable } from '../linux/descriptors.ts';
import { currentPid, reapOne, trySignal } from '../linux/process.ts';
import { descendantsOf, readProcessTable } from '../linux/process-table.ts';

const SIGKILL = 9;
const roundMs = 2;
/** What cannot be killed, such as a process that waits for a dead disk, must not keep podinit for ever. */
const patienceMs = 5_000;

/** KILL to every process below this one, once. As PID 1: to every process of the pid namespace. */
export function killRest(): void {
  const self = currentPid();
  if (self === 1) {
    trySignal(-1, SIGKILL);
    return;
  }
  for (const { pid } of descendantsOf(new Set([self]), readProcessTable())) trySignal(pid, SIGKILL);
}

/** Blocks until every descendant is gone and reaped, as far as patience goes. */
export function endRest(): void {
  const deadline = performance.now() + patienceMs;
  while (!isChildless() && performance.now() < deadline) {
    killRest();
    waitReadable([], roundMs);
  }
}

function isChildless(): boolean {
  let reaped = reapOne();
  while (typeof reaped === 'object') reaped = reapOne();
  return reaped === 'childless';
}
