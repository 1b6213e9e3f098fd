/** How a run ended, from what is known of it. Pure. */
import type { RecordedExit } from '../model/pod-record.ts';
import type { ExitRecord } from '../protocol/init.ts';

interface RunTimes {
  readonly startedAt?: string;
  readonly finishedAt: string;
}

/** podinit's own word. */
export function exitOfRecord(record: ExitRecord, attempt: number): RecordedExit {
  const { notes: _told, ...exit } = record;
  return { ...exit, attempt };
}

/** From a raw wait(2) status of PID 1 that left no record: killed by a signal, or exited with the container's code. */
export function exitOfStatus(
  id: string,
  attempt: number,
  status: number,
  times: RunTimes,
): { readonly record: ExitRecord; readonly exit: RecordedExit } {
  const signal = status & 0x7f;
  const exitCode = signal === 0 ? (status >> 8) & 0xff : 128 + signal;
  const record: ExitRecord = {
    id,
    exitCode,
    ...(signal === 0 ? {} : { signal, message: `PID 1 of the container was killed by signal ${signal}` }),
    reason: exitCode === 0 ? 'Completed' : 'Error',
    ...times,
  };
  return { record, exit: exitOfRecord(record, attempt) };
}

/** The status is lost. Kubernetes writes such an exit as code 137, ContainerStatusUnknown; the reason is what says that it is not known. */
export function unknownExit(id: string, attempt: number, message: string, times: RunTimes): RecordedExit {
  return { id, attempt, exitCode: 137, reason: 'Unknown', message, ...times };
}
