/** Which files of a watched directory count: gitignore patterns of the rule, of nested .gitignore files, and defaults. */
import { dirname, relative } from 'node:path';
import ignore from 'ignore';

/** Never sources: version control, packages, compiled Python, and what editors leave beside a file while they save it. */
const defaultExcludes: readonly string[] = [
  ...['.git', '.hg', '.svn', 'node_modules', '__pycache__', '*.pyc'],
  // vim, nano, Kate, emacs
  ...['*.sw[a-p]', '*~', '4913', '*.kate-swp', '.#*', '\\#*\\#'],
  // JetBrains, GNOME, LibreOffice, VS Code, Sublime, macOS
  ...['*___jb_tmp___', '*___jb_old___', '.goutputstream-*', '.~lock.*', '*.tmp', '.DS_Store', '._*'],
];

export interface MatchSources {
  /** the watched path */
  readonly root: string;
  /** directory that all ignore files lie in or below: the repository's, or the root */
  readonly top: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** text of each .gitignore by its directory */
  readonly ignoreFiles: ReadonlyMap<string, string>;
}

/** Both take absolute paths below the root. */
export interface Matcher {
  /** Whether a path, or a directory it lies in, is left out. */
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean;
  readonly isIncluded: (path: string) => boolean;
}

/** The rule's own patterns win over .gitignore files, deeper ones over those above; `!pattern` takes back, as in git. */
export function createMatcher(sources: MatchSources): Matcher {
  const { root, top, include } = sources;
  const ignored = patternList([
    ...ignoreLines(sources),
    ...[...defaultExcludes, ...sources.exclude].flatMap((line) => rebase(line, relative(top, root))),
  ]);
  const included = include.length === 0 ? undefined : patternList(include);
  return {
    isIgnored: (path, isDirectory) => {
      const name = relative(top, path);
      return name !== '' && ignored(isDirectory ? `${name}/` : name);
    },
    isIncluded: (path) => included === undefined || included(relative(root, path)),
  };
}

/** Ignore files above the root that ignore the root itself do not count: naming a path wins. */
function ignoreLines({ root, top, ignoreFiles }: MatchSources): string[] {
  const files = [...ignoreFiles].sort(([a], [b]) => a.length - b.length);
  return files.flatMap(([directory, text]) => {
    const lines = text.split('\n').flatMap((line) => rebase(line, relative(top, directory)));
    return isAbove(directory, root) && patternList(lines)(`${relative(top, root)}/`) ? [] : lines;
  });
}

const isAbove = (directory: string, path: string): boolean =>
  path !== directory && (directory === '/' || path.startsWith(`${directory}/`));

/** A line of a .gitignore in `directory` (relative to the top) as a line of one in the top: gitignore(5). */
export function rebase(line: string, directory: string): string[] {
  const text = line.replace(/\r$/, '');
  if (directory === '' || text.trim() === '' || text.startsWith('#')) return [text];
  const isNegated = text.startsWith('!');
  const pattern = (isNegated ? text.slice(1) : text).replace(/^\\(?=[!#])/, '');
  const isAnchored = /\/./.test(pattern.trimEnd());
  const prefix = `/${directory.replace(/[\\[\]*?]/g, '\\$&')}${isAnchored ? '' : '/**'}`;
  return [`${isNegated ? '!' : ''}${prefix}${pattern.startsWith('/') ? '' : '/'}${pattern}`];
}

/** `ignore` remembers every path it was asked; a new one from time to time keeps a long session flat. */
const askedAtMost = 20_000;

function patternList(lines: readonly string[]): (name: string) => boolean {
  // case counts, as on Linux
  const compile = () => ignore({ ignorecase: false }).add([...lines]);
  let list = compile();
  let asked = 0;
  return (name) => {
    if (++asked > askedAtMost) {
      list = compile();
      asked = 0;
    }
    return list.ignores(name);
  };
}

/** Directories above a root that may hold ignore files for it, up to that of the repository; none outside of one. */
export function directoriesAbove(root: string, isRepository: (directory: string) => boolean): string[] {
  const above: string[] = [];
  if (isRepository(root)) return above;
  for (let directory = dirname(root); ; directory = dirname(directory)) {
    above.push(directory);
    if (isRepository(directory)) return above;
    if (directory === '/') return [];
  }
}
