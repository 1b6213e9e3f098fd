/** The children of this process, known by pid from their spawn until they are reaped. */
import { decodeStatus, reapOne } from '../linux/process.ts';
import type { ChildEnd } from './run-command.ts';

export class Children {
  readonly #onExits = new Map<number, (end: ChildEnd) => void>();

  /** `onExit` is called once. */
  watch(pid: number, onExit: (end: ChildEnd) => void): void {
    this.#onExits.set(pid, onExit);
  }

  /** SIGCHLDs coalesce: until there is nothing more to reap. `onReaped` comes before the child's own onExit. */
  reapAll(onReaped: (pid: number) => void): { readonly isOrphan: boolean; readonly isChildless: boolean } {
    let isOrphan = false;
    let reaped = reapOne();
    for (; typeof reaped === 'object'; reaped = reapOne()) {
      const onExit = this.#onExits.get(reaped.pid);
      this.#onExits.delete(reaped.pid);
      onReaped(reaped.pid);
      isOrphan ||= onExit === undefined;
      onExit?.(decodeStatus(reaped.status));
    }
    return { isOrphan, isChildless: reaped === 'childless' };
  }
}
