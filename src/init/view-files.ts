/** The files of /proc and /sys that tell of the container, and their texts. */
import type { CgroupPlacement } from '../model/launch-plan.ts';
import type { LiveView } from './container-view.ts';
import { formatCpuList } from './procview/cpu-numbers.ts';
import { cpuinfoText, loadavgText, newestProcess, statText, uptimeText } from './procview/cpu-texts.ts';
import { diskstatsText, swapsText } from './procview/disk-texts.ts';
import { meminfoText } from './procview/meminfo-text.ts';
import { vmstatText } from './procview/vmstat-text.ts';

interface ViewFile {
  readonly path: ViewPath;
  readonly text: () => string;
}

const allPaths = [
  '/proc/meminfo',
  '/proc/stat',
  '/proc/cpuinfo',
  '/proc/uptime',
  '/proc/loadavg',
  '/proc/swaps',
  '/proc/vmstat',
  '/proc/diskstats',
  '/sys/devices/system/cpu/online',
  '/sys/devices/system/cpu/possible',
  '/sys/devices/system/cpu/present',
  '/proc/pressure/cpu',
  '/proc/pressure/memory',
  '/proc/pressure/io',
] as const;
export type ViewPath = (typeof allPaths)[number];

/** In the container. On v1 the kernel knows no pressure of a cgroup: the machine's is left to be seen there. */
export const viewPaths = (layout: CgroupPlacement['layout']): readonly ViewPath[] =>
  layout === 'v2' ? allPaths : allPaths.filter((path) => !path.startsWith('/proc/pressure/'));

/** By path; of more files than those of viewPaths. */
export const viewTexts = (view: LiveView): ReadonlyMap<ViewPath, () => string> =>
  new Map([...memoryFiles(view), ...cpuFiles(view), ...pressureFiles(view)].map(({ path, text }) => [path, text]));

function memoryFiles(view: LiveView): ViewFile[] {
  const withMemory = (name: string, make: typeof meminfoText) => (): string => {
    const memory = view.memory();
    return memory === undefined ? view.proc(name) : make(view.proc(name), memory);
  };
  return [
    { path: '/proc/meminfo', text: withMemory('meminfo', meminfoText) },
    { path: '/proc/swaps', text: withMemory('swaps', (_, memory) => swapsText(memory)) },
    {
      path: '/proc/vmstat',
      text: withMemory('vmstat', (kernel, memory) => vmstatText(kernel, memory, view.cgroup)),
    },
    { path: '/proc/diskstats', text: () => diskstatsText(view.proc('diskstats'), view.cgroup) },
  ];
}

const cpuLists = ['online', 'possible', 'present'] as const;

function cpuFiles(view: LiveView): ViewFile[] {
  const cpuList = (): string => `${formatCpuList(view.cpus())}\n`;
  return [
    { path: '/proc/stat', text: () => statOf(view) },
    { path: '/proc/cpuinfo', text: () => cpuinfoText(view.proc('cpuinfo'), view.cpus()) },
    { path: '/proc/uptime', text: () => uptimeText(view.proc('uptime'), view.cpuTimes()) },
    { path: '/proc/loadavg', text: () => loadavgText(view.proc('loadavg'), view.load(), view.processes()) },
    ...cpuLists.map((name) => ({ path: `/sys/devices/system/cpu/${name}` as const, text: cpuList })),
  ];
}

const statOf = (view: LiveView): string =>
  statText({
    cpus: view.cpuTimes(),
    shown: view.cpus(),
    load: view.load(),
    bootTime: view.bootTime(),
    processes: newestProcess(view.proc('loadavg')),
  });

const pressures = ['cpu', 'memory', 'io'] as const;

const pressureFiles = (view: LiveView): ViewFile[] =>
  pressures.map((name) => ({
    path: `/proc/pressure/${name}` as const,
    text: () => view.cgroup(`${name}.pressure`),
  }));
