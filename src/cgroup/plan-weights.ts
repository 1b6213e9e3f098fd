/** CPU and memory numbers as Kubernetes computes them (FIELD "Resources"; kubelet pkg/kubelet/cm/helpers_linux.go). Pure. */

/** CPU bandwidth period in µs. */
export const cpuPeriodUs = 100_000;

/** Quota per 100 ms period in µs; the kernel refuses less than 1 ms. */
export const cpuQuotaUs = (limitMillis: number): number =>
  Math.max(1_000, Math.floor((limitMillis * cpuPeriodUs) / 1_000));

/** v1 cpu.shares, 2 … 262144; no request counts as 0. */
export const cpuShares = (requestMillis = 0): number =>
  Math.min(262_144, Math.max(2, Math.floor((requestMillis * 1_024) / 1_000)));

/** v2 cpu.weight, 1 … 10000, from shares. */
export const cpuWeight = (shares: number): number => 1 + Math.floor(((shares - 2) * 9_999) / 262_142);

/** The kernel counts pages: a limit reads back rounded down to them. */
export const wholePages = (bytes: number): number => bytes - (bytes % 4_096);

/** What v1 memory files read when unlimited: PAGE_COUNTER_MAX pages of 4 KiB. */
export const v1Unlimited = '9223372036854771712';
