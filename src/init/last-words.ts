/** Reads what a container left as its termination message: by descriptors that were opened before its programs ran. */
import { closeSync, constants, fstatSync, readSync } from 'node:fs';
import { openAt } from '../linux/at.ts';
import type { LaunchPlan } from '../model/launch-plan.ts';
import { defaultTerminationMessage } from '../model/lifecycle-spec.ts';
import type { ContainerEnd } from './machine.ts';
import { lastLines, maxMessageBytes, withLastWords } from './termination-message.ts';

/** 80 lines of a log are longer than what is kept of them, mostly. */
const logTailBytes = 64 * 1024;
const AT_FDCWD = -100;

/** Adds the container's last words to its end. Never throws. To be made when the root is built and nothing runs yet. */
export function listenToLastWords(plan: LaunchPlan, logDir: number | undefined): (end: ContainerEnd) => ContainerEnd {
  const { terminationMessage, rootOps } = plan;
  if (terminationMessage === undefined) return (end) => end;
  const hasFile = rootOps.some((op) => op.op === 'file' && op.path === defaultTerminationMessage.path);
  const file = hasFile ? openAt(AT_FDCWD, defaultTerminationMessage.path, constants.O_RDONLY) : undefined;
  return (end) =>
    withLastWords(end, terminationMessage.policy, file === undefined ? '' : tailOf(file, maxMessageBytes), () =>
      logDir === undefined ? '' : logEnd(logDir, plan),
    );
}

/** Of the program that stands for the container. */
function logEnd(logDir: number, { programs }: LaunchPlan): string {
  const program = programs.find(({ essential }) => essential) ?? programs[0];
  if (program === undefined) return '';
  try {
    const log = openAt(logDir, program.logs.file, constants.O_RDONLY);
    try {
      return lastLines(Buffer.from(tailOf(log, logTailBytes)));
    } finally {
      closeSync(log);
    }
  } catch {
    return ''; // it printed nothing
  }
}

function tailOf(fd: number, maxBytes: number): string {
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, size - bytes.length));
  } catch {
    return '';
  }
}
