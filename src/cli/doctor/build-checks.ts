/** What `npm ci` should have built, and whether it works here. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatError } from '../../util/pod-error.ts';
import { broken, type Check, doubtful, type Finding, fine, isRoot } from './check.ts';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

export const buildChecks: readonly Check[] = [
  { name: 'build', look: checkBuild },
  { name: 'native library', look: checkNativeLibrary },
  { name: 'koffi', look: checkKoffi },
  { name: 'fork self-test', look: checkFork },
];

function checkBuild(): Finding {
  const missing = ['dist/daemon/main.js', 'dist/init/podinit.cjs', 'dist/podnet/podnet.cjs'].filter(
    (file) => !existsSync(join(packageRoot, file)),
  );
  if (missing.length === 0) return fine(`in ${join(packageRoot, 'dist')}`);
  return broken(`${missing.join(', ')} missing in ${packageRoot}`, `run npm ci in ${packageRoot}`);
}

function checkNativeLibrary(): Finding {
  const file = join(packageRoot, 'native', 'libpodctl.so');
  if (existsSync(file)) return fine(file);
  if (findProgram('cc') === undefined)
    return broken('not built, and there is no C compiler', 'apt-get install build-essential, then npm ci');
  return broken('not built', `run npm ci in ${packageRoot}`);
}

function findProgram(name: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function checkKoffi(): Promise<Finding> {
  try {
    await import('../../linux/library.ts');
    return fine('loads');
  } catch (error) {
    return broken(
      `does not load: ${formatError(error)}`,
      `run npm ci in ${packageRoot} with this Node (${process.version}, ${process.arch})`,
    );
  }
}

async function checkFork(): Promise<Finding> {
  if (!isRoot()) return doubtful('cannot be run without root', 'sudo podctl doctor');
  if (checkBuild().verdict !== 'ok' || checkNativeLibrary().verdict !== 'ok')
    return doubtful('cannot be run before podd is built', 'see above');
  try {
    const { proveFork } = await import('./prove-fork.ts');
    return fine(`a warm Node process forks (${(await proveFork()).toFixed(1)} ms)`);
  } catch (error) {
    return broken(
      formatError(error),
      'podd refuses to run like this: try another Node release, and report this with its version',
    );
  }
}
