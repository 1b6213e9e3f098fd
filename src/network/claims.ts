/**
 * Which instance of podctl on this machine has which ranges: `/run/podctl-ranges.json`. Routes alone do not tell: an instance without
 * pods has none.
 */
import { isHeld, isMachineHolder, type MachineFile, type MachineHolder, withMachineFile } from './machine-file.ts';

export interface RangeClaim extends MachineHolder {
  readonly blocks: readonly string[];
}

const claimsFile = '/run/podctl-ranges.json';

/** `claim` is told of the others' claims and answers with this instance's; nobody else claims meanwhile. PodError `MachineFileLocked`. */
export function claimRanges<T extends { readonly claim: RangeClaim }>(
  run: string,
  claim: (others: readonly RangeClaim[]) => T,
): Promise<T> {
  return withMachineFile(claimsFile, (file) => {
    const others = claimsOfOthers(file, run);
    const answer = claim(others);
    file.write([...others, answer.claim]);
    return answer;
  });
}

/** Lets go of this instance's ranges. */
export function dropClaim(run: string): Promise<void> {
  return withMachineFile(claimsFile, (file) => {
    const others = claimsOfOthers(file, run);
    file.write(others.length === 0 ? undefined : others);
  });
}

function claimsOfOthers({ content }: MachineFile, run: string): readonly RangeClaim[] {
  const claims = Array.isArray(content) ? content.filter(isClaim) : [];
  return claims.filter((other) => other.run !== run && isHeld(other));
}

const isClaim = (value: unknown): value is RangeClaim =>
  isMachineHolder(value) && Array.isArray((value as Partial<RangeClaim>).blocks);
