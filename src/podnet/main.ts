/** podnet: the instance's network helper (protocol/podnet.ts), a plain Node process that podd starts and that lives on without it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { readStartTicks } from '../linux/procfs.ts';
import {
  formatPodnetProblem,
  type PodnetProblem,
  type PodnetRecord,
  type PodnetStatus,
  type PodnetWanted,
  podnetFiles,
} from '../protocol/podnet.ts';
import { replaceFileSync } from '../store/write-atomically.ts';
import { formatError } from '../util/pod-error.ts';
import { logLine } from './own-log.ts';
import { createService, type Service } from './service.ts';
import { watchDirectory } from './watch-directory.ts';

const [directory = '', version = ''] = process.argv.slice(2);
const poddFd = 4;

surviveTroubles();
takeOver();

/** Until podd says `go`, another podnet may serve; a podd that ends before that wants none. */
function takeOver(): void {
  const podd = new Socket({ fd: poddFd });
  const abandon = (): never => process.exit(0);
  podd.on('error', () => undefined);
  podd.once('close', abandon);
  podd.once('data', () => {
    podd.off('close', abandon);
    void serve().then(() => podd.end('serving\n'));
  });
  podd.write('ready\n');
}

async function serve(): Promise<void> {
  const record: PodnetRecord = { pid: process.pid, startTicks: readStartTicks('self') ?? 0, version };
  replaceFileSync(join(directory, podnetFiles.record), `${JSON.stringify(record)}\n`);
  logLine(`podnet, pid ${process.pid}`);
  tell([]);
  const service = createService(logLine, tell);
  watchDirectory(
    directory,
    podnetFiles.wanted,
    (entry) => {
      if (entry === podnetFiles.wanted) take(service);
    },
    () => process.exit(0),
  );
  take(service);
  await service.tried();
}

function tell(problems: readonly PodnetProblem[]): void {
  for (const problem of problems) logLine(formatPodnetProblem(problem));
  const status: PodnetStatus = { pid: process.pid, problems };
  try {
    replaceFileSync(join(directory, podnetFiles.status), `${JSON.stringify(status)}\n`);
  } catch (error) {
    logLine(`${podnetFiles.status}: ${formatError(error)}`);
  }
}

/** A file that cannot be used leaves everything as it is: names are served on. */
function take(service: Service): void {
  try {
    service.apply(JSON.parse(readFileSync(join(directory, podnetFiles.wanted), 'utf8')) as PodnetWanted);
  } catch (error) {
    logLine(`${podnetFiles.wanted}: ${formatError(error)}`);
  }
}

/** No terminal, no debugger port, no error ends it: when podd is not there, nobody starts it anew. */
function surviveTroubles(): void {
  process.on('SIGHUP', () => undefined);
  process.on('SIGUSR1', () => undefined);
  process.on('SIGTERM', () => process.exit(0));
  process.on('SIGINT', () => process.exit(0));
  process.on('uncaughtException', (error) => logLine(`bug: ${error.stack}`));
  process.on('unhandledRejection', (error) => logLine(`bug: ${error instanceof Error ? error.stack : String(error)}`));
  process.title = `podnet ${directory}`;
  try {
    // every pod's names depend on it
    writeFileSync('/proc/self/oom_score_adj', '-900');
  } catch {
    // refused without CAP_SYS_RESOURCE: a wish
  }
}
