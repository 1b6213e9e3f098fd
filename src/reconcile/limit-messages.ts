/** Bounds what a pod's status carries of its containers' last words, as the kubelet does (normalizeStatus). Pure. */
import type { ContainerState, ContainerStatus } from '../model/pod-status.ts';

/** The kubelet's MaxPodTerminationMessageLogLength. */
const maxPodBytes = 12 * 1024;

/** The status of one of so many containers: the beginning of each message that is longer than its share. */
export function limitMessages(status: ContainerStatus, containers: number): ContainerStatus {
  const maxBytes = Math.floor(maxPodBytes / Math.max(containers, 1));
  const { lastState } = status;
  const state = limited(status.state, maxBytes);
  const last = lastState === undefined ? undefined : limited(lastState, maxBytes);
  return state === status.state && last === lastState ? status : { ...status, state, ...(last && { lastState: last }) };
}

function limited<S extends ContainerState>(state: S, maxBytes: number): S {
  if (!('terminated' in state)) return state;
  const { message } = state.terminated;
  if (message === undefined || Buffer.byteLength(message) <= maxBytes) return state;
  return { ...state, terminated: { ...state.terminated, message: beginning(message, maxBytes) } };
}

/** Without the part of a character that would stand at its end. */
function beginning(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
