/** Rules for docker's words in resources. */

import { parseQuantity } from '../util/quantity.ts';
import { type FieldPath, forbidden, invalid, type ProblemSink } from './field-problem.ts';
import { isMinusOne, normaliseProgramResources } from './normalise-resources.ts';
import {
  dockerRivals,
  dockerWords,
  type LooseResources,
  type Spelling,
  spellings,
  valueAt,
  writtenValue,
} from './resource-spellings.ts';
import { parseDockerBytes, parseUs, periodUs } from './resource-values.ts';
import { checkCpuList, checkPeriod } from './rules-controls.ts';
import { checkRange } from './rules-values.ts';

/** PID_MAX_LIMIT of the kernel. */
const maxPids = 4_194_304;

export function checkDockerWords(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  if (!dockerWords.some((word) => word in resources)) return;
  checkRivals(resources, path, problems);
  checkCpuWords(resources, path, problems);
  checkSizes(resources, path, problems);
  checkSwap(resources, path, problems);
  const { mem_swappiness, pids_limit, oom_kill_disable } = resources;
  checkRange(mem_swappiness, [0, 100], [...path, 'mem_swappiness'], problems);
  if (pids_limit !== undefined && pids_limit !== 0)
    checkRange(pids_limit, [-1, maxPids], [...path, 'pids_limit'], problems);
  if (oom_kill_disable === true)
    problems.error([...path, 'oom_kill_disable'], forbidden('a container that hangs at its limit helps nobody'), {
      hint: 'memory.high slows it down before its limit, oomScoreAdj of a program spares it',
    });
}

/** One value has one place. */
function checkRivals(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  for (const word of dockerWords) {
    if (resources[word] === undefined) continue;
    const rival = dockerRivals[word].find((spelling) => valueAt(resources, spelling) !== undefined);
    if (rival === undefined) continue;
    problems.error([...path, word], forbidden(`may not be given together with ${formatSpelling(rival)}`), {
      at: 'key',
      hint: 'both say the same: remove one of them',
    });
  }
}

const formatSpelling = (spelling: Spelling): string => spelling.join('.');

function checkCpuWords(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  const { cpus, cpu_period, cpu_quota, cpu_shares, cpuset } = resources;
  const amount = cpus === undefined ? 0n : parseQuantity(String(cpus));
  if (amount === undefined || amount < 0n)
    problems.error([...path, 'cpus'], invalid(cpus, 'must be a number of CPUs'), { hint: 'examples: 0.5, 2' });
  for (const name of ['cpu_period', 'cpu_quota'] as const) {
    const written = resources[name];
    if (written !== undefined && !isMinusOne(written) && parseUs(written) === undefined)
      problems.error([...path, name], invalid(written, 'must be a number of µs or a duration'), {
        hint: 'examples: 50000, 50ms',
      });
  }
  checkPeriod(cpu_period, [...path, 'cpu_period'], problems);
  const quotaUs = isMinusOne(cpu_quota) ? 0 : (parseUs(cpu_quota) ?? 0);
  if (quotaUs !== 0 && quotaUs < periodUs.least)
    problems.error([...path, 'cpu_quota'], invalid(cpu_quota, 'must be at least 1000 (1ms), or -1 for no limit'));
  if (cpu_shares !== 0) checkRange(cpu_shares, [2, 262_144], [...path, 'cpu_shares'], problems);
  checkCpuList(cpuset, [...path, 'cpuset'], problems);
}

function checkSizes(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  for (const name of ['mem_limit', 'mem_reservation', 'memswap_limit'] as const) {
    const written = resources[name];
    if (written === undefined || parseDockerBytes(written) !== undefined) continue;
    if (name === 'memswap_limit' && isMinusOne(written)) continue;
    problems.error([...path, name], invalid(written, 'must be a number of bytes or a size'), {
      hint: 'examples: 64m, 1.5g, 67108864',
    });
  }
  checkReservation(resources, path, problems);
}

/** Kubernetes' words among themselves have Kubernetes' rule. */
function checkReservation(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  if (resources.mem_reservation === undefined && resources.mem_limit === undefined) return;
  const request = writtenValue(resources, [['mem_reservation'], ['requests', 'memory']]);
  const limit = writtenValue(resources, spellings.memory);
  const { memoryRequestBytes = 0, memoryLimitBytes = Number.POSITIVE_INFINITY } = normaliseProgramResources(resources);
  if (request === undefined || limit === undefined || memoryRequestBytes <= memoryLimitBytes) return;
  if (request.path.length === 2 && limit.path.length === 2) return;
  const detail = `must be less than or equal to ${limit.path.join('.')} of ${limit.text}`;
  problems.error([...path, ...request.path], invalid(request.text, detail));
}

/** Memory and swap together, as docker counts. */
function checkSwap(resources: LooseResources, path: FieldPath, problems: ProblemSink): void {
  const { memswap_limit } = resources;
  const bytes = parseDockerBytes(memswap_limit) || undefined;
  if (bytes === undefined) return;
  const at = [...path, 'memswap_limit'];
  const limit = writtenValue(resources, spellings.memory);
  const { memoryLimitBytes } = normaliseProgramResources(resources);
  if (limit === undefined)
    problems.error(at, invalid(memswap_limit, 'counts memory and swap together, and there is no memory limit'), {
      hint: 'give mem_limit too',
    });
  else if (memoryLimitBytes !== undefined && bytes < memoryLimitBytes)
    problems.error(
      at,
      invalid(memswap_limit, `counts memory and swap together: must be at least the memory limit of ${limit.text}`),
    );
}
