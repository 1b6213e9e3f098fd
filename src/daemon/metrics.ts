/** GET /metrics: the Prometheus text format. All is read when it is scraped, and nothing runs in between. */
import { cpuUsage, memoryUsage, uptime } from 'node:process';
import type { ApiCall } from './api-context.ts';
import { type MetricFamily, metricFamilies } from './metric-families.ts';
import { readUsageList } from './usage.ts';

/** Answers with every family of metric-families.ts that has a sample. */
export async function getMetrics({ context, response }: ApiCall): Promise<void> {
  const { reconciler, version, systemStatus } = context;
  const pods = reconciler.list();
  const cpu = cpuUsage();
  const families = metricFamilies({
    pods,
    usage: readUsageList(reconciler, pods),
    actions: reconciler.accounting.actions(),
    containersRunning: reconciler.runningContainers(),
    problems: reconciler.problems().length,
    build: { version, nodeVersion: process.version, cgroupLayout: systemStatus().cgroupLayout },
    process: {
      ...{ userSeconds: cpu.user / 1e6, systemSeconds: cpu.system / 1e6, residentBytes: memoryUsage.rss() },
      startSeconds: Date.now() / 1000 - uptime(),
    },
  });
  const { contentType, text } = await formatMetrics(families);
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** prom-client is loaded by the first scrape: a podd that nobody scrapes does not carry it. */
async function formatMetrics(families: readonly MetricFamily[]) {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  for (const { name, help, type, labelNames, samples } of families) {
    const options = { name, help, labelNames: [...labelNames], registers: [registry] };
    if (type === 'gauge') {
      const gauge = new Gauge(options);
      for (const { labels, value } of samples) gauge.set(labels, value);
    } else {
      const counter = new Counter(options);
      for (const { labels, value } of samples) counter.inc(labels, value);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}
