/** Ids of the machine that are the users and groups 0, 1, 2 … of one pod with a user namespace of its own. */
export interface IdRange {
  readonly base: number;
  readonly size: number;
}

/** As many as the kubelet gives each pod: every id of 16 bits. */
export const podIdCount = 65_536;
