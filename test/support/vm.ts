/** Runs files of the system tests inside the cgroup-v2 machine of vm.sh. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa, execaSync } from 'execa';
import { payloadBinary } from './payload.ts';
import { whyNoRealKernel } from './real-kernel.ts';
import { inRepository } from './repository.ts';

const repository = inRepository('.');

/** One test of vitest's JSON report. */
export interface InnerTest {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';
  readonly failureMessages: readonly string[];
}

export interface InnerFile {
  /** absolute path */
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly message: string;
  readonly assertionResults: readonly InnerTest[];
}

export interface InnerReport {
  readonly testResults: readonly InnerFile[];
}

/** Why the machine cannot be started here; undefined when it can. */
export function whyNoVm(): string | undefined {
  if (process.env.PODCTL_TEST_IN_VM !== undefined) return 'already inside the machine';
  if (process.env.PODCTL_TEST_NO_VM !== undefined) return 'PODCTL_TEST_NO_VM is set';
  const tools = ['qemu-system-x86_64', 'busybox', 'cpio', 'modprobe', 'apt-get', 'dpkg'];
  const missing = tools.filter((tool) => execaSync('sh', ['-c', `command -v ${tool}`], { reject: false }).failed);
  if (missing.length > 0) {
    return `${missing.join(', ')} missing: apt-get install qemu-system-x86 busybox-static cpio kmod`;
  }
  return process.arch === 'x64' ? whyNoRealKernel() : `the machine is x86-64, this is ${process.arch}`;
}

export interface VmRun {
  /** tests whose names have one of these in them are left out, of the report too */
  readonly without: readonly string[];
  readonly timeoutSeconds: number;
}

/** Boots the machine once for these files of test/system; rejects with the machine's last words when there is no report. */
export async function runSystemTestsInVm(
  files: readonly string[],
  { without, timeoutSeconds }: VmRun,
): Promise<InnerReport> {
  payloadBinary();
  const out = mkdtempSync(join(tmpdir(), 'podctl-vm-'));
  try {
    const node = process.execPath;
    const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
    const names = without.length === 0 ? '' : `--testNamePattern '^(?!.*(${without.join('|')}))'`;
    const paths = files.map((file) => `test/system/${file}`).join(' ');
    const command = [
      `cd '${repository}'`,
      'export CI=1 PODCTL_TEST_IN_VM=1 PODCTL_TEST_SLOW=10 VITEST_CACHE_DIR=/tmp/vite',
      `exec '${node}' '${vitest}' run --configLoader runner --project system --reporter=verbose --reporter=json --outputFile.json=/run/out/report.json ${names} ${paths} >/run/out/vitest.log 2>&1 </dev/null`,
    ].join('\n');
    const script = inRepository('test/support/vm.sh');
    const keep = [repository, dirname(dirname(node))].join(':');
    const env = { PODCTL_VM_TIMEOUT: String(timeoutSeconds) };
    const result = await execa(script, [out, keep, command], { env, reject: false, stdin: 'ignore' });
    const report = join(out, 'report.json');
    if (existsSync(report)) return reportOf(readFileSync(report, 'utf8'), without);
    throw new Error(
      `no report from the machine (exit ${result.exitCode}):\n${result.stderr}\n${tail(out, 'console')}\n${tail(out, 'vitest.log')}`,
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function reportOf(text: string, without: readonly string[]): InnerReport {
  const { testResults } = JSON.parse(text) as InnerReport;
  const isAsked = ({ fullName }: InnerTest): boolean => !without.some((words) => fullName.includes(words));
  return {
    testResults: testResults.map((file) => ({ ...file, assertionResults: file.assertionResults.filter(isAsked) })),
  };
}

function tail(dir: string, name: string): string {
  const file = join(dir, name);
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-4000) : '';
}
