/** resources of pods, containers and programs, and devices of containers. What must hold beyond types stands in rules-{resources,controls,docker,nesting,devices}.ts. */
import { z } from 'zod';
import {
  expecting,
  fields,
  fieldsWith,
  flag,
  int32,
  int64,
  list,
  oneOf,
  quantity,
  quantityMap,
  text,
} from './schema-kinds.ts';

const claims = list(fields({ name: text, request: text }));

/** Kubernetes' own, of a container or of a whole pod. */
export const resources = fields({
  limits: quantityMap.meta({
    description: 'At most this much: cpu (cores, 200m), memory (bytes, 64Mi), hugepages-2Mi (bytes)',
  }),
  requests: quantityMap.meta({ description: 'Share in times of shortage; default: the limits' }),
  claims,
}).meta({ id: 'Resources' });

const weight = (description: string) => int32.meta({ description, minimum: 1, maximum: 10_000 });
const bytes = (description: string) =>
  expecting(
    z.union([text, z.number()]).meta({ description: `${description}; bytes as a quantity: 64Mi, 1G` }),
    'a quantity (a string or a number)',
  );
/** rules check that it is one */
const fineDuration = (description: string) =>
  expecting(
    text.meta({ description, pattern: '^(0|(\\d+(\\.\\d+)?(us|ms|s|m|h))+)$' }),
    'a duration',
    'examples: 500us, 20ms, 1s',
  );
const cpuList = (description: string) =>
  expecting(
    z.union([z.int().meta({ minimum: 0 }), text]).meta({ description: `${description}: 0-1,3` }),
    'a list of numbers and ranges',
    'examples: "0", "0-1", "0-1,3"',
  );

const cpu = fields({
  period: fineDuration(
    'Over what time the CPU limit is counted, 1ms to 1s; default 100ms (cpu.max, v1 cpu.cfs_period_us)',
  ),
  burst: fineDuration(
    'Unused CPU time that may be saved up and used at once, at most the limit’s in one period (cpu.max.burst, v1 cpu.cfs_burst_us)',
  ),
  weight: weight(
    'Share of busy CPUs, 1 to 10000, the kernel’s default is 100; default: from the request (cpu.weight, v1 cpu.shares)',
  ),
  idle: flag.meta({ description: 'Run only when nothing else wants the CPU (cpu.idle)' }),
  cpus: cpuList('CPUs it may run on (cpuset.cpus)'),
  mems: cpuList('Memory nodes it may use (cpuset.mems)'),
});

const memory = fields({
  high: bytes('From here on it is slowed down and reclaimed from, never killed (memory.high, cgroup v2 only)'),
  low: bytes('Protected from reclaim as far as possible; default: the request (memory.low, v1 soft_limit)'),
  min: bytes('Never reclaimed below (memory.min, cgroup v2 only)'),
  swap: bytes(
    'Swap beside the memory, or unlimited; default none with a memory limit (memory.swap.max, v1 memory.memsw.limit_in_bytes)',
  ),
  swappiness: int32.meta({
    description: 'How readily it swaps, 0 to 100 (v1 memory.swappiness)',
    minimum: 0,
    maximum: 100,
  }),
  oomGroup: flag.meta({ description: 'An OOM kill takes all of it (memory.oom.group, cgroup v2 only)' }),
});

const rate = (description: string) => expecting(quantity.meta({ description }), 'a quantity (a string or a number)');

const ioDevice = fields({
  device: text.meta({ description: 'Block device: /dev/vda, or its number 254:0; a partition stands for its disk' }),
  mount: text.meta({ description: 'A path of this machine instead: the device that holds it' }),
  readBps: rate('Bytes read per second: 1Mi'),
  writeBps: rate('Bytes written per second: 1Mi'),
  readIops: rate('Read operations per second'),
  writeIops: rate('Write operations per second'),
  weight: weight('Share of this device’s time, 1 to 10000'),
});

/** podctl's own controls of a cgroup. */
const controls = {
  cpu,
  memory,
  io: fields({
    weight: weight('Share of the disk’s time, 1 to 10000 (io.weight, v1 blkio.bfq.weight)'),
    devices: list(ioDevice).meta({
      description: 'Limits per block device, at least one each (io.max, v1 blkio.throttle.*)',
    }),
  }),
  network: fields({
    priority: int32.meta({ description: 'SO_PRIORITY of its sockets, 0 to 15', minimum: 0, maximum: 15 }),
  }),
  unified: z.record(z.string(), expecting(z.union([text, z.int()]), 'a string or an integer')).meta({
    description: 'Raw cgroup files by name, last word over all the others: {"memory.high": "50331648"}',
  }),
};

/** docker's and compose's words for the same. */
const dockerWords = {
  cpus: quantity.meta({ description: 'As docker: CPUs, 0.5; the same as limits.cpu' }),
  cpu_period: expecting(
    z.union([int64, text]).meta({ description: 'As docker: µs, or a duration; the same as cpu.period' }),
    'a number of µs or a duration',
    'examples: 100000, 100ms',
  ),
  cpu_quota: expecting(
    z
      .union([int64, text])
      .meta({ description: 'As docker: µs of CPU time per period, or a duration; -1 for no limit' }),
    'a number of µs or a duration',
    'examples: 50000, 50ms, -1',
  ),
  cpu_shares: int64.meta({ description: 'As docker: 2 to 262144, 1024 is one CPU’s; the same as requests.cpu' }),
  cpuset: cpuList('As docker: CPUs it may run on; the same as cpu.cpus'),
  mem_limit: dockerBytes('the same as limits.memory'),
  mem_reservation: dockerBytes('the same as requests.memory'),
  memswap_limit: dockerBytes('memory and swap together, -1 for unlimited swap'),
  mem_swappiness: int64.meta({ description: 'As docker: 0 to 100; the same as memory.swappiness' }),
  pids_limit: int64.meta({ description: 'As docker: processes and threads, -1 for no limit; the same as limits.pids' }),
  oom_kill_disable: flag,
};

function dockerBytes(description: string) {
  return expecting(
    z.union([int64, text]).meta({ description: `As docker: bytes, or 64m, 1g (powers of 1024); ${description}` }),
    'a number of bytes or a size as 64m, 1g',
  );
}

const limits = quantityMap.meta({
  description: 'At most this much: cpu (cores, 200m), memory (bytes, 64Mi), pids, hugepages-2Mi (bytes)',
});
const requests = quantityMap.meta({
  description: 'Share in times of shortage: cpu (cores), memory (bytes); default: the limits',
});

/** The same with every control, of a container or a pod of podctl.dev/v1. */
export const podctlResources = fields({ limits, requests, claims, ...controls, ...dockerWords }).meta({
  id: 'PodctlResources',
});

/** Of a program. */
export const programResources = fields({ limits, requests, ...controls, ...dockerWords }).meta({
  id: 'ProgramResources',
});

/** Of any of them, read as a program's: claims mean nothing here. */
export type ResourcesInput = z.infer<typeof programResources>;

const deviceNumber = (maximum: number) =>
  expecting(
    z.union([z.int().meta({ minimum: 0, maximum }), text.meta({ pattern: '^\\*$' })]),
    'a number or "*" for any',
  );
const access = text.meta({ description: 'Of r (read), w (write), m (mknod); default rwm', pattern: '^[rwm]{1,3}$' });

/** An entry of a container's devices. */
export const device = expecting(
  z.union([
    text.meta({ description: 'As docker: /dev/fuse, /dev/sda:/dev/xvda, /dev/sda:/dev/xvda:r' }),
    fieldsWith(
      {},
      {
        path: text.meta({ description: 'Device node of this machine' }),
        containerPath: text.meta({ description: 'Where the container sees it; default: the same path' }),
        access,
        type: oneOf('c', 'b').meta({ description: 'The permission alone: c (character) or b (block) device' }),
        major: deviceNumber(4_095),
        minor: deviceNumber(1_048_575),
      },
    ),
  ]),
  'a path as docker writes it, or a map {path} or {type, major, minor}',
);
