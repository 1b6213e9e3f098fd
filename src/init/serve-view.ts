/** Puts the container's view over files of /proc and /sys, and serves it for the container's life. */
import { closeSync } from 'node:fs';
import { attachMount, cloneMount } from '../linux/mounts.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { SysError } from '../linux/sys-error.ts';
import type { LaunchPlan } from '../model/launch-plan.ts';
import type { CgroupTree } from './cgroup-tree.ts';
import { type LiveView, openContainerView } from './container-view.ts';
import { rememberOwnFiles } from './own-files.ts';
import { type PreparedView, servedName } from './prepare-view.ts';
import { viewTexts } from './view-files.ts';

export interface ShownView {
  readonly view: LiveView;
  /** why the files in /proc tell of the machine all the same */
  readonly refusal?: string;
  /** only the zygote's warm-up does that */
  readonly close: () => void;
}

/** In the finished root, before any program runs. The container starts without the view where the kernel refuses it. */
export function showView(plan: LaunchPlan, tree: CgroupTree, prepared: PreparedView | Error): ShownView {
  const proc = cloneMount('/proc', false);
  const view = openContainerView({ app: tree.app, proc, threads: () => tree.threads() });
  const closeView = (): void => {
    view.close();
    closeSync(proc);
  };
  if (prepared instanceof Error) return { view, refusal: prepared.message, close: closeView };
  const closeFiles = serveFiles(plan, view, prepared);
  return {
    view,
    close: () => {
      closeFiles();
      closeView();
    },
  };
}

function serveFiles(plan: LaunchPlan, view: LiveView, { fd, server, trees, device }: PreparedView): () => void {
  server.show(new Map([...viewTexts(view)].map(([path, text]) => [servedName(path), text])));
  const volumes = new Set(plan.rootOps.flatMap((op) => (op.op === 'volume' ? [op.path] : [])));
  for (const [path, tree] of trees) {
    if (!volumes.has(path)) attachWhereThere(tree, path);
    closeSync(tree);
  }
  rememberOwnFiles(device);
  const watch = watchFd(fd, readable, () => {
    if (!server.serve(fd)) watch.close();
  });
  return () => {
    watch.close();
    closeSync(fd);
    rememberOwnFiles(undefined);
  };
}

/** Not every kernel has every file. */
function attachWhereThere(tree: number, path: string): void {
  try {
    attachMount(tree, path);
  } catch (error) {
    if (!(error instanceof SysError) || error.code !== 'ENOENT') throw error;
  }
}
