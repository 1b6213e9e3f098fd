/** What becomes of sockets made in a cgroup. Pure. */
import { type BpfInstruction, exit, set, store } from './bpf-instruction.ts';

/** Of `priority` in struct bpf_sock (uapi/linux/bpf.h). */
const priorityOffset = 20;

/** A BPF_PROG_TYPE_CGROUP_SOCK program: every new inet socket has this SO_PRIORITY, until its owner sets another. */
export function planPriorityProgram(priority: number): readonly BpfInstruction[] {
  return [set(2, priority), store(1, 2, priorityOffset), set(0, 1), exit];
}
