/** The .gitignore files that count for a watched path, and the matcher that they and the rule give. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMatcher, directoriesAbove, type Matcher, type MatchSources } from './matches.ts';

export const ignoreFileName = '.gitignore';

type RulePatterns = Pick<MatchSources, 'include' | 'exclude'>;

export class IgnoreFiles {
  /** directories above the root whose .gitignore counts, up to the repository's */
  readonly above: readonly string[];
  readonly #texts = new Map<string, string>();
  readonly #sources: MatchSources;
  #matcher: Matcher | undefined;

  constructor(root: string, { include, exclude }: RulePatterns) {
    this.above = directoriesAbove(root, (directory) => existsSync(join(directory, '.git')));
    const top = this.above.at(-1) ?? root;
    this.#sources = { root, top, include, exclude, ignoreFiles: this.#texts };
    for (const directory of this.above) this.reload(directory);
  }

  get matcher(): Matcher {
    this.#matcher ??= createMatcher(this.#sources);
    return this.#matcher;
  }

  /** Reads a directory's .gitignore again; whether it says something else than before. */
  reload(directory: string): boolean {
    const text = readOr(join(directory, ignoreFileName));
    if (text === this.#texts.get(directory)) return false;
    if (text === undefined) this.#texts.delete(directory);
    else this.#texts.set(directory, text);
    this.#matcher = undefined;
    return true;
  }

  /** The directory is gone or not watched any more. */
  drop(directory: string): void {
    if (this.#texts.delete(directory)) this.#matcher = undefined;
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
