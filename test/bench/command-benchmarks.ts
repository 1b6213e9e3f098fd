/** exec, logs, the CLI by itself, and what the machine does without us. */
import { openSession } from '../support/exec-session.ts';
import type { Instance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { inRepository } from '../support/repository.ts';
import { applyNow, deleteMs, podOf } from './bench-pods.ts';
import { commandMs, report, sampled, timed } from './measure.ts';

const podctl = inRepository('bin/podctl');

/** exec of `true`: over podd's API, and as a whole podctl command. */
export async function exec(instance: Instance): Promise<void> {
  await applyNow(instance, podOf('exec', aContainer()));
  await instance.waitForPod('exec', 'runs', isRunning);
  const once = () =>
    timed(async () => {
      const request = { op: 'exec', argv: ['/usr/bin/true'], tty: false, stdin: false } as const;
      const session = await openSession(instance.socket, 'exec', 'main', request);
      if ((await session.exitCode()) !== 0) throw new Error('true failed');
    });
  await sampled(3, once);
  report('exec-true-through-podd', 'ms', await sampled(40, once));
  const env = instance.env as NodeJS.ProcessEnv;
  report(
    'exec-true-podctl-command',
    'ms',
    await sampled(10, () => commandMs(podctl, ['exec', 'exec', '--', 'true'], env)),
  );
  await deleteMs(instance, 'exec');
}

/** 100-byte lines through podinit's log pump, rotation included; measured by the writing program. */
export async function logPump(instance: Instance): Promise<void> {
  const blocks = 8_000;
  const samples = await sampled(5, async (index) => {
    const name = `pump-${index}`;
    const container = aContainer({
      rootfs: { path: instance.payloadRoot() },
      command: ['/payload', 'pump', String(blocks)],
    });
    await applyNow(instance, aPod({ name, restartPolicy: 'Never', containers: [container] }));
    await instance.waitForPod(name, 'has ended', ({ status }) => status.phase === 'Succeeded', 60_000);
    const { body } = await instance.api(
      'GET',
      `/api/v1/namespaces/default/pods/${name}/log?container=main&tailLines=5000`,
    );
    const nanoseconds = Number(String(body).match(/^pumped (\d+)$/m)?.[1]);
    await deleteMs(instance, name);
    return (blocks * 64_000) / 1e6 / (nanoseconds / 1e9);
  });
  report('log-pump', 'MB/s', samples);
}

/** `podctl version` beside `node -e 0`, in turn. */
export async function cli(): Promise<void> {
  const bare: number[] = [];
  const ours = await sampled(20, () => {
    bare.push(commandMs(process.execPath, ['-e', '0']));
    return commandMs(podctl, ['version', '--client']);
  });
  report('cli-version', 'ms', ours);
  report(
    'cli-version-to-node',
    'ratio',
    ours.map((ms, index) => ms / (bare[index] ?? Number.NaN)),
  );
}

/** What the same machine needs for the least it could be: a process, a process in new namespaces, a Node. */
export async function baseline(): Promise<void> {
  const flags = ['--fork', '--pid', '--mount', '--net', '--ipc', '--uts', '--cgroup', '--mount-proc', 'true'];
  report('baseline-true', 'ms', await sampled(20, () => commandMs('true', [])));
  report('baseline-unshare', 'ms', await sampled(20, () => commandMs('unshare', flags)));
  report('baseline-node', 'ms', await sampled(20, () => commandMs(process.execPath, ['-e', '0'])));
}
