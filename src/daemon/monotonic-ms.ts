/** CLOCK_MONOTONIC in ms: what another podd told, or left on record, in the same boot can be compared with it. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
