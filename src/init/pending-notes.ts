/** What happened and podd has not taken yet: told again to the next one that connects, and left in exit.json at the end. */
import type { InitNote } from '../protocol/init.ts';

const maxNotes = 100;
const maxChars = 32 * 1024;

/** Bounded: of what nobody takes, the newest stay. */
export class PendingNotes {
  readonly #notes: InitNote[] = [];
  #lastSeq = 0;
  #chars = 0;

  add(type: InitNote['type'], reason: string, message: string): InitNote {
    this.#lastSeq += 1;
    const note: InitNote = { seq: this.#lastSeq, type, reason, message };
    this.#notes.push(note);
    this.#chars += sizeOf(note);
    while (this.#notes.length > maxNotes || this.#chars > maxChars) this.#shift();
    return note;
  }

  /** podd has recorded this one and those before it. */
  taken(seq: number): void {
    while ((this.#notes[0]?.seq ?? Number.POSITIVE_INFINITY) <= seq) this.#shift();
  }

  /** Oldest first. */
  all(): readonly InitNote[] {
    return [...this.#notes];
  }

  #shift(): void {
    const gone = this.#notes.shift();
    if (gone !== undefined) this.#chars -= sizeOf(gone);
  }
}

const sizeOf = ({ reason, message }: InitNote): number => reason.length + message.length;
