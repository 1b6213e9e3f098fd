/** Where one podctl instance keeps its things. PODCTL_ROOT and PODCTL_RUN make instances independent of each other. */
import { join, resolve } from 'node:path';
import { PodError } from '../util/pod-error.ts';

export interface InstancePaths {
  /** PODCTL_ROOT, default /var/lib/podctl: records, logs, overlay layers, emptyDir volumes; survives a reboot */
  readonly root: string;
  /** PODCTL_RUN, default /run/podctl: sockets, lock, running containers; gone after a reboot */
  readonly run: string;
  readonly podsDir: string;
  /** ConfigMaps and Secrets */
  readonly objectsDir: string;
  readonly logsDir: string;
  readonly layersDir: string;
  /** `<pod uid>/<volume>`: emptyDir volumes */
  readonly volumesDir: string;
  /** `<namespace>/<claim>`: what PersistentVolumeClaims hold, kept until the claim is deleted */
  readonly claimsDir: string;
  readonly quarantineDir: string;
  /** seccomp profiles of this machine, which the operator puts there: seccompProfile.localhostProfile is relative to it */
  readonly seccompDir: string;
  readonly socket: string;
  readonly lock: string;
  /** one directory per started container: `<run>/i/<id>` */
  readonly instancesDir: string;
  /** `<pod uid>/<volume>`: ConfigMaps, Secrets and what is projected, as containers see them; in memory (daemon/contents-directory.ts) */
  readonly contentsDir: string;
  /** what podd and podnet share: `wanted.json`, `podnet.json` */
  readonly networkDir: string;
  /** the ranges that were chosen once */
  readonly networkRecord: string;
  /** podd's own log when it was started in the background */
  readonly daemonLog: string;
}

/** In the run directory: what containers see of objects, or a link to where that is. */
export const contentsName = 'volumes';

/** Paths from the environment; relative values are taken from the working directory. Throws PodError `StateDirectory`. */
export function instancePaths(env: Readonly<Record<string, string | undefined>>): InstancePaths {
  const root = resolve(env.PODCTL_ROOT || '/var/lib/podctl');
  const run = resolve(env.PODCTL_RUN || '/run/podctl');
  for (const [variable, path] of Object.entries({ PODCTL_ROOT: root, PODCTL_RUN: run })) {
    // making directories there never ends: node's recursive mkdir tries for ever
    if (!/^\/(proc|sys)(\/|$)/.test(path)) continue;
    throw new PodError('StateDirectory', `${variable} is ${path}`, {
      hint: 'name a directory outside of /proc and /sys',
    });
  }
  return {
    root,
    run,
    podsDir: join(root, 'pods'),
    objectsDir: join(root, 'objects'),
    logsDir: join(root, 'logs'),
    layersDir: join(root, 'layers'),
    volumesDir: join(root, 'volumes'),
    claimsDir: join(root, 'claims'),
    quarantineDir: join(root, 'quarantine'),
    seccompDir: join(root, 'seccomp'),
    socket: join(run, 'podctl.sock'),
    lock: join(run, 'podd.lock'),
    instancesDir: join(run, 'i'),
    contentsDir: join(run, contentsName),
    networkDir: join(run, 'network'),
    networkRecord: join(root, 'network.json'),
    daemonLog: join(root, 'podd.log'),
  };
}

/** Log directory of one container: Kubernetes' /var/log/pods layout `<ns>_<name>_<uid>/<container>`. */
export function containerLogDir(
  paths: InstancePaths,
  pod: { readonly namespace: string; readonly name: string; readonly uid: string },
  container: string,
): string {
  return join(paths.logsDir, `${pod.namespace}_${pod.name}_${pod.uid}`, container);
}
