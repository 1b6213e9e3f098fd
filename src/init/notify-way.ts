/** How a program can say that it is ready: NOTIFY_SOCKET or an inherited fd, made before its start and gone with it. */
import { closeSync, mkdirSync } from 'node:fs';
import { posix } from 'node:path';
import { makePipe } from '../linux/descriptors.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import { watchNotifyFd } from './notify-fd.ts';
import { openNotifySocket } from './notify-socket.ts';
import type { Identity } from './start-program.ts';

export interface NotifyWay {
  /** for the program's environment */
  readonly env: readonly string[];
  readonly extraFd?: { readonly fd: number; readonly target: number };
  /** the program has its end now, or there is no program: let go of ours */
  readonly handedOver: () => void;
  readonly close: () => void;
}

const nothing: NotifyWay = { env: [], handedOver: () => {}, close: () => {} };

/** Throws SysError where the socket or pipe cannot be made. `onReady` comes from the event loop, perhaps more than once. */
export function openNotifyWay(
  { name, readiness }: Pick<ProgramPlan, 'name' | 'readiness'>,
  identity: Identity,
  directory: string,
  onReady: (how: string) => void,
): NotifyWay {
  if (readiness?.kind === 'notify') {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const path = posix.join(directory, name);
    const socket = openNotifySocket(path, identity, () => onReady('it said READY=1'));
    return { env: [`NOTIFY_SOCKET=${path}`], handedOver: () => {}, close: () => socket.close() };
  }
  if (readiness?.kind === 'notifyFd') {
    const [readEnd, writeEnd] = makePipe();
    const watch = watchNotifyFd(readEnd, () => onReady(`it wrote a line to fd ${readiness.fd}`));
    return {
      env: [],
      extraFd: { fd: writeEnd, target: readiness.fd },
      handedOver: () => closeSync(writeEnd),
      close: () => watch.close(),
    };
  }
  return nothing;
}
