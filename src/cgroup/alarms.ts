/** Bells that the kernel rings for a cgroup: memory ran out, or its processes wait for CPU. Nobody wakes up in between. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { drainEventfd, makeEventfd } from '../linux/eventfd.ts';
import {
  addInotifyWatch,
  closeInotify,
  inotifyBits,
  openInotify,
  readInotify,
  removeInotifyWatch,
} from '../linux/inotify.ts';
import { type FdWatch, prioritised, readable, watchFd } from '../linux/poll.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import { writeExisting } from './cgroup-tree.ts';
import { v2Root } from './plan-v2.ts';

export interface Alarm {
  /** It is silent until `resume`: what rings again and again is not to keep podd busy. */
  readonly pause: () => void;
  /** On v2 what happened meanwhile does not ring: look once more after it. */
  readonly resume: () => void;
  readonly close: () => void;
}

export interface MemoryAlarms {
  /**
   * Rings when the counts of memory.events change (v2: `app` tells of all below it), or when the kernel begins to look for a victim
   * (v1: of `app` and everything below it; of a leaf with a limit of its own, only when told of it). Undefined where the kernel rings no bell.
   */
  readonly open: (app: string, limitedLeaves: readonly string[], onRing: () => void) => Alarm | undefined;
  readonly close: () => void;
}

/** `app` and leaves are relative to a hierarchy. */
export function createMemoryAlarms(layout: CgroupLayout): MemoryAlarms {
  if (layout.kind === 'v2') return new InotifyAlarms(v2Root(layout));
  const root = layout.v1.memory ?? '';
  return {
    open: (app, leaves, onRing) =>
      openEventfdAlarm(
        [app, ...leaves].map((relative) => join(root, relative)),
        onRing,
      ),
    close: () => undefined,
  };
}

/** One inotify instance for all containers: kernfs tells a change of memory.events as a modification. */
class InotifyAlarms implements MemoryAlarms {
  readonly #root: string;
  readonly #rings = new Map<number, () => void>();
  readonly #scratch = Buffer.alloc(4096);
  #fd = -1;
  #poll: FdWatch | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  open(app: string, _limitedLeaves: readonly string[], onRing: () => void): Alarm | undefined {
    const file = join(this.#root, app, 'memory.events');
    let watch = this.#add(file, onRing);
    if (watch === undefined) return undefined;
    const pause = (): void => {
      if (watch !== undefined) this.#remove(watch);
      watch = undefined;
    };
    const resume = (): void => {
      watch ??= this.#add(file, onRing);
    };
    return { pause, resume, close: pause };
  }

  close(): void {
    this.#poll?.close();
    if (this.#fd >= 0) closeInotify(this.#fd);
    this.#fd = -1;
  }

  /** Undefined when the cgroup is gone or the machine has no watches left. */
  #add(file: string, onRing: () => void): number | undefined {
    try {
      if (this.#fd < 0) this.#listen();
      const watch = addInotifyWatch(this.#fd, file, inotifyBits.modify);
      this.#rings.set(watch, onRing);
      return watch;
    } catch {
      return undefined;
    }
  }

  #remove(watch: number): void {
    this.#rings.delete(watch);
    removeInotifyWatch(this.#fd, watch);
  }

  #listen(): void {
    this.#fd = openInotify();
    const read = (): void => {
      for (const { watch } of [...readInotify(this.#fd, this.#scratch)]) this.#rings.get(watch)?.();
    };
    this.#poll = watchFd(this.#fd, readable, read, { keepsAlive: false });
  }
}

/** cgroup-v1/memory.rst, "OOM control": an eventfd that may be registered in any number of directories. */
function openEventfdAlarm(dirs: readonly string[], onRing: () => void): Alarm | undefined {
  const fd = makeEventfd();
  try {
    for (const dir of dirs) registerForOom(dir, fd);
  } catch {
    closeSync(fd);
    return undefined;
  }
  const poll = watchFd(
    fd,
    readable,
    () => {
      drainEventfd(fd);
      onRing();
    },
    { keepsAlive: false },
  );
  return closing(fd, poll, readable);
}

function registerForOom(dir: string, eventfd: number): void {
  const control = openSync(join(dir, 'memory.oom_control'), 'r');
  try {
    writeExisting(join(dir, 'cgroup.event_control'), `${eventfd} ${control}`);
  } finally {
    closeSync(control);
  }
}

/** Waiting for CPU for a tenth of 10 s, the longest window there is: a limit that holds back shows as that, and so does a busy machine. */
const cpuTrigger = 'some 1000000 10000000';

/** Rings at most every 10 s (accounting/psi.rst). Undefined where the kernel has no PSI for cgroups: v1, or started with psi=0. */
export function openCpuAlarm(layout: CgroupLayout, app: string, onRing: () => void): Alarm | undefined {
  if (layout.kind !== 'v2') return undefined;
  let fd = -1;
  try {
    fd = openSync(join(v2Root(layout), app, 'cpu.pressure'), constants.O_RDWR | constants.O_NONBLOCK);
    writeSync(fd, cpuTrigger);
    return closing(fd, watchFd(fd, prioritised, onRing, { keepsAlive: false }), prioritised);
  } catch {
    if (fd >= 0) closeSync(fd);
    return undefined;
  }
}

function closing(fd: number, poll: FdWatch, events: number): Alarm {
  let isOpen = true;
  return {
    pause: () => poll.want(0),
    resume: () => poll.want(events),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      poll.close();
      closeSync(fd);
    },
  };
}
