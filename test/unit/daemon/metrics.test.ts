import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Usage } from '../../../src/protocol/usage.ts';
import { callApi } from '../../support/api-client.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { aProgram } from '../../support/programs.ts';
import { type ReadFamily, readPrometheusText } from '../../support/prometheus-text.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const scrape = async (): Promise<ReadonlyMap<string, ReadFamily>> => {
  const { status, body } = await callApi(server.socket, 'GET', '/metrics');
  expect(status).toBe(200);
  return readPrometheusText(body);
};

const full: Usage = {
  ...{
    cpuMs: 2500,
    userMs: 2000,
    systemMs: 500,
    throttledMs: 1500,
    throttledPeriods: 3,
    periods: 10,
    cpuLimitMillis: 250,
  },
  ...{
    memoryBytes: 100,
    workingSetBytes: 60,
    cacheBytes: 50,
    swapBytes: 1,
    memoryLimitBytes: 200,
    pids: 4,
    pidsLimit: 9,
  },
  ...{ io: { readBytes: 1, writeBytes: 2, reads: 3, writes: 4 }, oomKills: 5, memoryHighEvents: 6 },
  pressure: {
    cpu: {
      some: { avg10: 1, avg60: 1, avg300: 1, totalMs: 7000 },
      full: { avg10: 0, avg60: 0, avg300: 0, totalMs: 3000 },
    },
  },
};

function putPod(name: string, usage: Usage, container = 'app'): void {
  const state = { running: { startedAt: '2026-01-01T00:00:10Z' } };
  const about = { name: container, image: 'host', imageID: '', ready: true, started: true, restartCount: 2, state };
  const programs = [{ ...aProgram('worker:1'), restarts: 7 }];
  server.reconciler.put(aPod({ name, status: { containerStatuses: [{ ...about, programs }] } }));
  server.reconciler.setUsage({
    ...{ namespace: 'default', pod: name, uid: `uid-${name}`, usage },
    containers: [{ container, running: true, usage, programs: [{ program: 'worker:1', usage }] }],
  });
}

describe('metrics', () => {
  test('are told of containers in cAdvisor’s names and units', async () => {
    putPod('web', full);
    const families = await scrape();
    const values = [...families.values()].flatMap(({ name, type, samples }) =>
      name.startsWith('container_') ? samples.map(({ value }) => `${name} ${type} ${value}`) : [],
    );
    expect(values.sort()).toEqual([
      'container_cpu_cfs_periods_total counter 10',
      'container_cpu_cfs_throttled_periods_total counter 3',
      'container_cpu_cfs_throttled_seconds_total counter 1.5',
      'container_cpu_system_seconds_total counter 0.5',
      'container_cpu_usage_seconds_total counter 2.5',
      'container_cpu_user_seconds_total counter 2',
      'container_fs_reads_bytes_total counter 1',
      'container_fs_reads_total counter 3',
      'container_fs_writes_bytes_total counter 2',
      'container_fs_writes_total counter 4',
      'container_memory_cache gauge 50',
      'container_memory_swap gauge 1',
      'container_memory_usage_bytes gauge 100',
      'container_memory_working_set_bytes gauge 60',
      'container_oom_events_total counter 5',
      'container_pressure_cpu_stalled_seconds_total counter 3',
      'container_pressure_cpu_waiting_seconds_total counter 7',
      'container_spec_cpu_period gauge 100000',
      'container_spec_cpu_quota gauge 25000',
      'container_spec_memory_limit_bytes gauge 200',
      `container_start_time_seconds gauge ${Date.parse('2026-01-01T00:00:10Z') / 1000}`,
      'container_threads gauge 4',
      'container_threads_max gauge 9',
    ]);
    expect(families.get('container_memory_cache')?.samples[0]?.labels).toEqual({
      ...{ namespace: 'default', pod: 'web', container: 'app' },
    });
  });

  test('are told of programs and pods, and of restarts as kube-state-metrics does', async () => {
    putPod('web', full);
    const families = await scrape();
    const [program] = families.get('podctl_program_cpu_usage_seconds_total')?.samples ?? [];
    expect(program).toEqual({
      labels: { namespace: 'default', pod: 'web', container: 'app', program: 'worker:1' },
      value: 2.5,
    });
    expect(families.get('podctl_program_restarts_total')?.samples[0]?.value).toBe(7);
    expect(families.get('pod_memory_working_set_bytes')?.samples).toEqual([
      { labels: { namespace: 'default', pod: 'web' }, value: 60 },
    ]);
    expect(families.get('kube_pod_container_status_restarts_total')?.samples).toEqual([
      { labels: { namespace: 'default', pod: 'web', uid: 'uid-default-web', container: 'app' }, value: 2 },
    ]);
  });

  test('leave out what is not counted, for one container or for all', async () => {
    putPod('web', full);
    putPod('old', { cpuMs: 1000 });
    const families = await scrape();
    expect(families.get('container_cpu_usage_seconds_total')?.samples).toHaveLength(2);
    expect(families.get('container_memory_swap')?.samples).toHaveLength(1);
    server.reconciler.remove('default', 'web');
    expect((await scrape()).has('container_memory_swap')).toBe(false);
  });

  test('are told of podd itself, without any pod too', async () => {
    const families = await scrape();
    expect(families.get('podctl_build_info')?.samples[0]?.labels).toMatchObject({ version: '1.2.3' });
    expect(families.get('podctl_actions_total')?.samples).toEqual([{ labels: { action: 'startContainer' }, value: 3 }]);
    expect(families.get('podctl_action_failures_total')?.samples[0]?.value).toBe(1);
    expect(families.get('process_resident_memory_bytes')?.samples[0]?.value).toBeGreaterThan(1 << 20);
    expect(families.get('podctl_pods')?.samples).toEqual([{ labels: {}, value: 0 }]);
  });

  test('each family has a help and a type, and each scrape counts anew', async () => {
    putPod('web', full);
    const first = await scrape();
    for (const family of first.values()) {
      expect(family.help).toMatch(/^[A-Z0-9].+\.$|bytes\.$/);
      expect(family.type === 'counter').toBe(family.name.endsWith('_total'));
    }
    const again = await scrape();
    expect(again.get('container_oom_events_total')?.samples[0]?.value).toBe(5);
  });

  test('escape what a label may not hold as it is', async () => {
    putPod('web', full, 'a"b\\c\nd');
    const [sample] = (await scrape()).get('container_threads')?.samples ?? [];
    expect(sample?.labels.container).toBe('a"b\\c\nd');
  });

  test('say nothing of a manifest’s values', async () => {
    const env = [{ name: 'TOKEN', value: 'hidden-value' }];
    server.reconciler.put(aPod({ spec: { containers: [{ name: 'app', env }] }, labels: { secret: 'hidden-value' } }));
    const { body } = await callApi(server.socket, 'GET', '/metrics');
    expect(body).not.toContain('hidden-value');
  });
});
