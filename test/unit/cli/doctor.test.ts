import { describe, expect, test } from 'vitest';
import { judgeControllers } from '../../../src/cli/doctor/cgroup-checks.ts';
import { judgeSocketPath, mountOptionsOf } from '../../../src/cli/doctor/state-checks.ts';
import { judgeCapabilities, judgeKernel, judgeNode, judgeOverlay } from '../../../src/cli/doctor/system-checks.ts';
import { formatFinding, runCheck } from '../../../src/cli/doctor.ts';
import { v1Controllers } from '../../../src/model/cgroup.ts';

describe('doctor', () => {
  test.each([
    ['6.1.0-18-amd64', 'ok'],
    ['5.12.0', 'ok'],
    ['5.11.22-generic', 'fail'],
    ['4.19.0', 'fail'],
    ['10.0', 'ok'],
  ])('Linux %s is %s', (version, verdict) => {
    expect(judgeKernel(version).verdict).toBe(verdict);
  });

  test.each([
    ['20.19.0', 'ok'],
    ['20.18.9', 'fail'],
    ['18.20.0', 'fail'],
    ['22.1.0', 'ok'],
  ])('Node %s is %s', (version, verdict) => {
    expect(judgeNode(version).verdict).toBe(verdict);
  });

  test.each([
    { name: 'all capabilities', mask: '000001ffffffffff', verdict: 'ok', fact: 'all that are needed' },
    {
      name: 'all but CAP_SYS_RESOURCE',
      mask: '000001fffeffffff',
      verdict: 'warn',
      fact: 'CAP_SYS_RESOURCE is missing',
    },
    {
      name: "docker's default",
      mask: '00000000a80425fb',
      verdict: 'fail',
      fact: 'missing CAP_NET_ADMIN, CAP_SYS_ADMIN',
    },
  ])('$name is $verdict', ({ mask, verdict, fact }) => {
    expect(judgeCapabilities(`Name:\tnode\nCapEff:\t${mask}\n`, true)).toMatchObject({ verdict, fact });
  });

  test('capabilities say nothing without root', () => {
    expect(judgeCapabilities('CapEff:\t0000000000000000\n', false).verdict).toBe('warn');
  });

  test('controllers that limits need are asked for in each layout', () => {
    const v1 = Object.fromEntries(v1Controllers.map((name) => [name, `/sys/fs/cgroup/${name}`]));
    const none = { v1: {}, v2Controllers: [] };
    expect(judgeControllers({ ...none, kind: 'v1', v1 }).verdict).toBe('ok');
    expect(judgeControllers({ ...none, kind: 'hybrid', v1: { cpu: '/a', pids: '/b', freezer: '/c' } })).toMatchObject({
      verdict: 'fail',
      fact: expect.stringContaining('no memory controller'),
    });
    expect(judgeControllers({ ...none, kind: 'v2', v2Controllers: ['cpu', 'memory', 'pids'] })).toMatchObject({
      verdict: 'warn',
      fact: 'no cpuset, io controller',
    });
    expect(
      judgeControllers({ ...none, kind: 'v2', v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'] }).verdict,
    ).toBe('ok');
  });

  test('overlay is looked for as a whole word', () => {
    expect(judgeOverlay('nodev\tsysfs\nnodev\toverlay\n').verdict).toBe('ok');
    expect(judgeOverlay('nodev\toverlayish\n').verdict).toBe('warn');
  });

  test("the options of a path's mount are those of its longest, last mount", () => {
    const mountinfo = [
      '1 0 8:1 / / rw,relatime - ext4 /dev/sda rw',
      '2 1 0:5 / /var\\040lib rw,noexec - tmpfs tmpfs rw',
      '3 1 0:6 / /var ro,nosuid - tmpfs tmpfs rw',
      '4 1 0:7 / /var rw - tmpfs tmpfs rw',
    ].join('\n');
    expect(mountOptionsOf('/var/x', mountinfo)).toEqual(['rw']);
    expect(mountOptionsOf('/var lib/y', mountinfo)).toEqual(['rw', 'noexec']);
    expect(mountOptionsOf('/variable', mountinfo)).toEqual(['rw', 'relatime']);
  });

  test('a long socket path is only doubtful', () => {
    expect(judgeSocketPath('/run/podctl/podctl.sock').verdict).toBe('ok');
    expect(judgeSocketPath(`/${'x'.repeat(107)}`).verdict).toBe('warn');
  });

  test('a check that throws is a failure, and prints as one line', async () => {
    const finding = await runCheck({
      name: 'cgroups',
      look: () => {
        throw new Error('mountinfo is gone');
      },
    });
    expect(formatFinding(finding, false)).toBe(
      'FAIL cgroups: mountinfo is gone — report this as a bug of podctl doctor',
    );
    expect(formatFinding({ name: 'node', verdict: 'ok', fact: 'Node 20.19.0' }, true)).toBe(
      '\u001b[32mok  \u001b[0m node: Node 20.19.0',
    );
  });
});
