import type { ChangeCost } from '../protocol/api.ts';

const costs: readonly ChangeCost[] = [
  'nothing',
  'in-place',
  'signal',
  'reload',
  'restart-program',
  'restart-container',
  'recreate-pod',
];

/** The dearest of some costs; `nothing` of none. */
export function dearest(list: readonly ChangeCost[]): ChangeCost {
  return list.reduce((a, b) => (isDearer(b, a) ? b : a), 'nothing');
}

export const isDearer = (a: ChangeCost, b: ChangeCost): boolean => costs.indexOf(a) > costs.indexOf(b);
