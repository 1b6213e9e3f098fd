/** CPU and memory numbers as Kubernetes computes them (FIELD "Resources"; kubelet pkg/kubelet/cm/helpers_linux.go). Pure. */

/** CPU bandwidth period in µs. */
export const cpuPeriodUs = 100_000;

/** The kernel refuses a smaller quota, µs. */
export const minQuotaUs = 1_000;

/** The kernel refuses a quota and burst of 2⁴⁴ µs together (sched/core.c, max_cfs_runtime); half of it is still millions of CPUs. */
export const maxQuotaUs = 2 ** 43 - 1;

/** Quota per period in µs, one the kernel takes; a limit that was made of a quota gives that quota again, whatever a division left of it. */
export const cpuQuotaUs = (limitMillis: number, periodUs = cpuPeriodUs): number =>
  Math.min(maxQuotaUs, Math.max(minQuotaUs, Math.floor((limitMillis * periodUs) / 1_000 + 1e-6)));

/** v1 cpu.shares, 2 … 262144; no request counts as 0. */
export const cpuShares = (requestMillis = 0): number =>
  Math.min(262_144, Math.max(2, Math.floor((requestMillis * 1_024) / 1_000)));

/** v2 cpu.weight, 1 … 10000, from shares. */
export const cpuWeight = (shares: number): number => 1 + Math.floor(((shares - 2) * 9_999) / 262_142);

/** v1 cpu.shares of a weight that was asked for by number, as the kernel turns one into the other: 100 is 1024. */
export const sharesOfWeight = (weight: number): number =>
  Math.min(262_144, Math.max(2, Math.round((weight * 1_024) / 100)));

/** bfq's weights end at 1000, where io.weight has nine tenths of its range left. */
export const bfqWeight = (weight: number | undefined): number | undefined =>
  weight === undefined ? undefined : Math.min(weight, 1_000);

/** The kernel counts pages: a limit reads back rounded down to them. */
export const wholePages = (bytes: number): number => bytes - (bytes % 4_096);

/** What v1 memory files read when unlimited: PAGE_COUNTER_MAX pages of 4 KiB. */
export const v1Unlimited = '9223372036854771712';

const hugepageUnits: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A page size as Kubernetes writes it (`2Mi`): its bytes, and as cgroup files are named after it (`2MB`). */
export function hugepageSize(written: string): { readonly bytes: number; readonly name: string } {
  const [, count = '', unit = ''] = /^(\d+)(Ki|Mi|Gi)$/.exec(written) ?? [];
  return { bytes: Number(count) * (hugepageUnits[unit] ?? 0), name: `${count}${unit[0] ?? ''}B` };
}
