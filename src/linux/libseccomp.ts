/** Compiles seccomp profiles by libseccomp.so.2, which every Debian has: seccomp_init(3), seccomp_rule_add(3). */
import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import koffi from 'koffi';
import type { SeccompPlan, SeccompRule } from '../model/seccomp.ts';
import { PodError } from '../util/pod-error.ts';
import { makePipe } from './descriptors.ts';
import { callField, encodeFilter, filterCode, verdict as filterVerdict } from './filter-instruction.ts';
import type { CFunction } from './library.ts';
import { SysError } from './sys-error.ts';

const libraryName = 'libseccomp.so.2';

interface LibSeccomp {
  readonly init: CFunction;
  readonly release: CFunction;
  readonly addArchitecture: CFunction;
  readonly setAttribute: CFunction;
  readonly addRule: CFunction;
  readonly resolve: CFunction;
  readonly exportProgram: CFunction;
}

let loaded: LibSeccomp | undefined;

/** Throws PodError `SeccompMissing` where the library is not installed. */
export function loadLibSeccomp(): void {
  loaded ??= bind();
}

function bind(): LibSeccomp {
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(libraryName);
  } catch (cause) {
    throw new PodError('SeccompMissing', `${libraryName} cannot be loaded: seccomp profiles cannot be compiled`, {
      cause,
      hint: 'install it (Debian: apt-get install libseccomp2), or set seccompProfile to type: Unconfined',
    });
  }
  koffi.struct('scmp_arg_cmp', { arg: 'uint', op: 'int', datum_a: 'uint64_t', datum_b: 'uint64_t' });
  return {
    init: library.func('void *seccomp_init(uint32_t action)'),
    release: library.func('void seccomp_release(void *context)'),
    addArchitecture: library.func('int seccomp_arch_add(void *context, uint32_t architecture)'),
    setAttribute: library.func('int seccomp_attr_set(void *context, int attribute, uint32_t value)'),
    addRule: library.func(
      'int seccomp_rule_add_array(void *context, uint32_t action, int number, uint count, const scmp_arg_cmp *args)',
    ),
    resolve: library.func('int seccomp_syscall_resolve_name_arch(uint32_t architecture, const char *name)'),
    exportProgram: library.func('int seccomp_export_bpf(void *context, int fd)'),
  };
}

const natives = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
/** enum scmp_filter_attr; the optimisation is since 2.5 */
const attribute = { badArchitecture: 2, optimise: 8 } as const;
const binaryTree = 2;
/** What resolving says of a name that no version of this library has; other negative numbers stand for calls of other architectures. */
const unknownName = -1;

/** An array of struct sock_filter. Takes 5 to 50 ms. PodError where the library refuses a rule. */
export function compileSeccomp(plan: SeccompPlan): Buffer {
  loadLibSeccomp();
  const library = loaded as LibSeccomp;
  const native = natives[process.arch as keyof typeof natives];
  if (native === undefined) throw new SysError('seccomp', constants.errno.ENOSYS, process.arch);
  const context: unknown = library.init(plan.defaultAction);
  if (context === null) throw new PodError('SeccompRefused', `${libraryName} refuses the default action`);
  try {
    library.setAttribute(context, attribute.optimise, binaryTree);
    library.setAttribute(context, attribute.badArchitecture, foreignAction(plan.defaultAction));
    for (const architecture of plan.architectures) {
      requireDone(library.addArchitecture(context, architecture), `architecture 0x${architecture.toString(16)}`);
    }
    for (const rule of plan.rules) addRule(library, context, native, rule);
    const program = exportProgram(library, context);
    return Buffer.concat([refuseYounger(library, [native, ...plan.architectures], plan), program]);
  } finally {
    library.release(context);
  }
}

/** Calls of an architecture that the profile does not name must not be a way around it. */
const foreignAction = (defaultAction: number): number =>
  isRefusal(defaultAction) ? defaultAction : SECCOMP_RET_KILL_PROCESS;
const SECCOMP_RET_KILL_PROCESS = 0x8000_0000;
const SECCOMP_RET_TRACE = 0x7ff0_0000;

/** Kill, trap, errno: what is not given to the kernel. */
const isRefusal = (action: number): boolean => action >= SECCOMP_RET_KILL_PROCESS || action < SECCOMP_RET_TRACE;

function requireDone(result: number, what: string): void {
  if (result < 0) throw new PodError('SeccompRefused', `${libraryName} refuses ${what}: errno ${-result}`);
}

/** Names that this library does not know are left out, as by all runtimes: profiles are written for all kernels. */
function addRule(library: LibSeccomp, context: unknown, native: number, rule: SeccompRule): void {
  const conditions = rule.conditions.map(({ index, operator, value, valueTwo }) => ({
    arg: index,
    op: operator,
    datum_a: value,
    datum_b: valueTwo,
  }));
  for (const name of rule.names) {
    const number: number = library.resolve(native, name);
    if (number === unknownName) continue;
    requireDone(library.addRule(context, rule.action, number, conditions.length, conditions), `the rule of ${name}`);
  }
}

/** A filter has at most 4096 instructions of 8 bytes: a pipe holds it. */
const maxProgramBytes = 4096 * 8;

function exportProgram(library: LibSeccomp, context: unknown): Buffer {
  const [readEnd, writeEnd] = makePipe();
  try {
    const result: number = library.exportProgram(context, writeEnd);
    requireDone(result, 'to compile the profile');
    const bytes = Buffer.alloc(maxProgramBytes);
    return bytes.subarray(0, readSync(readEnd, bytes));
  } finally {
    closeSync(writeEnd);
    closeSync(readEnd);
  }
}

/** Numbers from here on are of the x32 ABI, and arm's own calls from 0xf0000 on: neither says how young a call is. */
const firstForeign = 0x4000_0000;
const firstPrivate = 0xf_0000;

/**
 * A call that is younger than the profile does not exist, so that libraries try an older one; refused with EPERM they would give up.
 * A front for the filter, which begins anew after it. As runc does.
 */
function refuseYounger(library: LibSeccomp, architectures: readonly number[], plan: SeccompPlan): Buffer {
  const { load, ifEqual, ifAbove, ifAtLeast, give } = filterCode;
  if (!isRefusal(plan.defaultAction)) return Buffer.alloc(0);
  const pieces = architectures.flatMap((architecture) => {
    const numbers = plan.known
      .map((name): number => library.resolve(architecture, name))
      .filter((number) => number >= 0 && number < firstPrivate);
    // A profile that names no call is not old: it refuses them all.
    if (numbers.length === 0) return [];
    const last = Math.max(...numbers);
    return [
      [load, 0, 0, callField.architecture],
      [ifEqual, 0, 4, architecture],
      [load, 0, 0, callField.number],
      [ifAtLeast, 2, 0, firstForeign],
      [ifAbove, 0, 1, last],
      [give, 0, 0, filterVerdict.errno | constants.errno.ENOSYS],
    ] as const;
  });
  return encodeFilter(pieces);
}
