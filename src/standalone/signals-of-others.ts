/** Which signals standalone podinit passes on, and which are about podinit's own terminal. */
import { constants } from 'node:os';
import { catchableSignals, SIGCHLD } from '../linux/signals.ts';

const { SIGTTIN, SIGTTOU } = constants.signals;

/** Sent by the kernel to who is not in the terminal's foreground, which podinit never is while its program runs: ignored, as tini does. */
export const ownTerminalSignals: readonly number[] = [SIGTTIN, SIGTTOU];

export const forwardedSignals: readonly number[] = catchableSignals.filter(
  (signal) => signal !== SIGCHLD && !ownTerminalSignals.includes(signal),
);
