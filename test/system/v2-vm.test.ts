/** The same tests on a pure cgroup-v2 kernel: boots one machine and repeats its verdicts file by file. */
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type InnerReport, runSystemTestsInVm, whyNoVm } from '../support/vm.ts';

/** What differs between cgroup versions. */
const usual = [
  'cgroup.test.ts',
  'cgroup-controls.test.ts',
  'cgroup-effects.test.ts',
  'cgroup-effects-memory.test.ts',
  'devices.test.ts',
  'socket-priority.test.ts',
  'usage.test.ts',
  'start.test.ts',
  'oom.test.ts',
];
/** Of those the tests that differ in nothing, by words of their names: commands take seconds in the machine. */
const unusual = [
  'explain',
  'what is paused is shown as such',
  'a paused pod says so everywhere',
  'stop and restart end the pause',
  'an exec session stands still',
  'a restart that comes due while it is paused',
  'a liveness probe does not end what stands still',
  'delete gets rid of a paused pod at once',
  'delete gets rid of a paused pod whose PID 1 was killed',
  'back-off',
  'a program below its limit',
  'grace-period',
  'delete by selector',
  'deleting what does not exist',
  'what catches TERM',
  'while podd is away',
  'shows them as a tree',
  'metrics agrees',
  'hostNetwork, hostPID and hostIPC',
  'shareProcessNamespace shares',
  'joins the pid, mnt and time namespace',
  'set to pod for every kind',
  'eleven capabilities',
  'loopback works',
  'image host shows',
  'a rootfs is a read-only lower layer',
];
/**
 * An older kernel and a slow machine are worth a try of these too, but not every time: pod-network and firewall where IPv6 is forwarded
 * for all links or none (before 6.17).
 */
const others = [
  'delete.test.ts',
  'pause.test.ts',
  'set-resources.test.ts',
  'procview.test.ts',
  'pod-network.test.ts',
  'firewall.test.ts',
  'restart.test.ts',
  'pod-resources.test.ts',
  'clock.test.ts',
  'programs.test.ts',
  'program-changes.test.ts',
  'standalone.test.ts',
  'procview-edges.test.ts',
  'sysinfo.test.ts',
  'call-answers.test.ts',
  'host-ports.test.ts',
  'isolation-rules.test.ts',
];
const files = { all: [...usual, ...others], others }[process.env.PODCTL_TEST_VM ?? ''] ?? usual;
const without = files === usual ? unusual : [];
const limitSeconds = files === usual ? 1_500 : 3_600;
const reason = whyNoVm();
if (reason !== undefined) console.warn(`the cgroup-v2 machine is skipped: ${reason}`);
else if (files === usual) console.warn(`PODCTL_TEST_VM=all tries in it too: ${others.join(', ')}`);

describe.skipIf(reason !== undefined)('on a pure cgroup-v2 kernel', () => {
  let report: InnerReport;

  beforeAll(
    async () => {
      report = await runSystemTestsInVm(files, { without, timeoutSeconds: limitSeconds });
      if (process.env.PODCTL_VM_REPORT !== undefined)
        writeFileSync(process.env.PODCTL_VM_REPORT, JSON.stringify(report));
    },
    (limitSeconds + 120) * 1000,
  );

  test.each(files)('%s passes', (file) => {
    const result = report.testResults.find(({ name }) => name.endsWith(`/${file}`));
    const failed = (result?.assertionResults ?? []).filter(({ status }) => status === 'failed');
    const words = failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`);
    expect([...words, result?.message || undefined].filter((text) => text !== undefined)).toEqual([]);
    expect(result?.status).toBe('passed');
    expect(result?.assertionResults.some(({ status }) => status === 'passed')).toBe(true);
  });
});
