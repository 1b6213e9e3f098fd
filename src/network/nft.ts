/** The nft program: one run, one transaction. */
import { type ExecFileException, execFile } from 'node:child_process';
import { PodError } from '../util/pod-error.ts';

/** Far more than a thousand pods need; what takes longer hangs. */
const timeoutMs = 20_000;
const maxOutputBytes = 256 << 20;

export interface NftRun {
  readonly args: readonly string[];
  readonly input?: string;
  /** before it can have changed anything */
  readonly onPid?: (pid: number) => void;
}

/**
 * What it printed. PodError `NftMissing` when PATH has none, `NftRefused` with nft's first complaint and the line that it is about.
 * `details.absent` is 1 where the table it was to look at is not there.
 */
export function runNft({ args, input = '', onPid }: NftRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes } as const;
    const child = execFile('nft', [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failureOf(error, stderr, input));
    });
    if (child.pid !== undefined) onPid?.(child.pid);
    // It may end without reading: what it says of that is the error.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function failureOf(error: ExecFileException, stderr: string, input: string): PodError {
  if (error.code === 'ENOENT') {
    return new PodError('NftMissing', 'nft is not in PATH', { hint: 'apt-get install nftables' });
  }
  if (error.killed === true) return new PodError('NftRefused', `nft did not answer within ${timeoutMs / 1000} s`);
  const complaint = stderr.split('\n').find((line) => line.includes('Error:')) ?? stderr.trim();
  const [, number = '', words = complaint] = /^[^:]*:(\d+):[^ ]* Error: (.*)$/.exec(complaint) ?? [];
  const line = input.split('\n')[Number(number) - 1];
  return new PodError('NftRefused', line === undefined ? `nft: ${words}` : `nft: ${words}: line ${number}: ${line}`, {
    details: { absent: /No such file or directory/.test(complaint) ? 1 : 0 },
  });
}
