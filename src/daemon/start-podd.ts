/** Puts podd together: lock, zygote, reconciler, API server; and takes it apart. */

import { cgroupParent } from '../cgroup/paths.ts';
import { readCgroupLayout, withFiles } from '../cgroup/read-layout.ts';
import { readHostFacts, readResolvConf } from '../launch/read-host-facts.ts';
import { watchProcess } from '../linux/pidfd.ts';
import { defaultSecurity } from '../manifest/normalise-security.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import { byDataKind } from '../model/object-kinds.ts';
import type { Network } from '../network/network.ts';
import { chooseSettings } from '../network/network-settings.ts';
import { createNetwork } from '../network/pod-network.ts';
import type { SystemStatus } from '../protocol/api.ts';
import { createReconciler, type RunningReconciler } from '../reconcile/create-reconciler.ts';
import { connectInit } from '../runtime/init-client.ts';
import { createSeccompFilters, type SeccompFilters } from '../runtime/seccomp-filters.ts';
import { startZygote, type Zygote, type ZygoteListener } from '../runtime/zygote-client.ts';
import { createIdClaims } from '../users/id-claims.ts';
import { parseUsersRange, usersVariable } from '../users/plan-range.ts';
import { formatError, PodError } from '../util/pod-error.ts';
import { contentsDirectory } from '../volume/contents-directory.ts';
import type { ApiContext } from './api-context.ts';
import { claimState } from './claim-state.ts';
import { type InstanceLock, lockInstance } from './lock-instance.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { poddVersion } from './podd-version.ts';
import { prepareDirectories } from './prepare-directories.ts';
import { imageMapVariable, readImageMap } from './read-image-map.ts';
import { startServer } from './server.ts';
import { createDataSource, createEventSource, createPodSource } from './watch-source.ts';

export interface Podd {
  /** Stops serving and reconciling, ends the zygote, releases the lock. Containers run on. */
  readonly stop: () => Promise<void>;
}

export interface PoddOptions {
  readonly paths: InstancePaths;
  /** PODCTL_POD_CIDR, PODCTL_SERVICE_CIDR, PODCTL_TEST_IMAGE_MAP */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (message: string) => void;
  /** a client asked for the end of podd; its reply has been sent */
  readonly onStopRequested: () => void;
}

interface Machinery {
  readonly zygote: Zygote;
  readonly reconciler: RunningReconciler;
  readonly network: Network;
  readonly layout: CgroupLayout;
  readonly parent: string;
}

/** Starts serving once everything that ran before is adopted. Rejects with PodError: NotRoot, AlreadyRunning, NoCgroups, ZygoteFailed, SelfTestFailed … */
export async function startPodd(options: PoddOptions): Promise<Podd> {
  const { paths, log } = options;
  if (process.geteuid?.() !== 0) {
    throw new PodError('NotRoot', 'podd must run as root: it makes namespaces, mounts and cgroups', {
      hint: 'try sudo podd',
    });
  }
  prepareDirectories(paths);
  const lock = await lockInstance(paths);
  claimOrRelease(paths, lock);
  const places = { ...paths, contentsDir: contentsDirectory(paths) };
  const machinery = await startMachinery({ ...options, paths: places }, lock.fd);
  const stopping = new AbortController();
  const context = createContext(options, machinery, stopping.signal);
  const server = await startServer(context, paths.socket);
  log(`serving on ${paths.socket}`);
  return {
    stop: async () => {
      stopping.abort();
      await server.close();
      await machinery.reconciler.shutdown();
      await machinery.network.close();
      await machinery.zygote.close();
      lock.release();
    },
  };
}

function claimOrRelease(paths: InstancePaths, lock: InstanceLock): void {
  try {
    claimState(paths);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startMachinery({ paths, env, log }: PoddOptions, lockFd: number): Promise<Machinery> {
  const usersRange = parseUsersRange(env[usersVariable]);
  // The zygote comes first, its listener is the reconciler; before the first launch it has nothing to tell.
  let listener: ZygoteListener | undefined;
  const starting = startZygote({
    runDir: paths.run,
    lockFd,
    onExited: (pid, status) => listener?.onExited(pid, status),
    onRestarted: () => {
      log('the zygote ended and was started anew');
      listener?.onRestarted();
    },
  });
  // It warms up while the machine is read; a failure is met at the await below.
  starting.catch(() => undefined);
  const parent = cgroupParent(paths.run);
  const layout = withFiles(readCgroupLayout(), parent);
  const hostFacts = readHostFacts(layout);
  const images = readImageMap(env);
  if (images !== undefined) log(`images are replaced by what ${imageMapVariable} says: for tests only`);
  const seccomp = createSeccompFilters(paths.seccompDir);
  compileDefault(seccomp, log);
  const network = await createNetwork(await chooseSettings(paths, env), { paths, log, resolvConf: readResolvConf });
  const zygote = await starting;
  await zygote.selfTest();
  const reconciler = createReconciler({
    paths,
    layout,
    cgroupParent: parent,
    zygote,
    network,
    idClaims: createIdClaims(paths, usersRange),
    connectInit,
    watchProcess,
    hostFacts,
    seccomp,
    clock: { monotonicMs, now: () => new Date() },
    log,
    images,
  });
  listener = reconciler.zygoteListener;
  await reconciler.start();
  log(`cgroup ${layout.kind}, zygote ${zygote.pid()}, ${reconciler.list().length} pods taken up`);
  return { zygote, reconciler, network, layout, parent };
}

/** In the time that the zygote takes to warm up: the first containers do not wait for it. */
function compileDefault(seccomp: SeccompFilters, log: PoddOptions['log']): void {
  try {
    seccomp.filterOf(defaultSecurity);
  } catch (error) {
    log(formatError(error));
  }
}

function createContext(options: PoddOptions, machinery: Machinery, stopping: AbortSignal): ApiContext {
  const { reconciler, zygote, network, layout, parent } = machinery;
  const { paths } = options;
  const version = poddVersion();
  const startedAt = new Date().toISOString();
  const systemStatus = (): SystemStatus => ({
    version,
    pid: process.pid,
    zygotePid: zygote.pid(),
    startedAt,
    root: paths.root,
    run: paths.run,
    cgroupLayout: layout.kind,
    cgroupParent: parent,
    pods: reconciler.list().length,
    containersRunning: reconciler.runningContainers(),
    network: network.status(),
    problems: [...reconciler.problems(), ...network.problems()],
  });
  return {
    reconciler,
    pods: createPodSource(reconciler),
    events: createEventSource(reconciler),
    data: byDataKind((kind) => createDataSource(reconciler, kind)),
    version,
    systemStatus,
    requestStop: options.onStopRequested,
    stopping,
    log: options.log,
  };
}
