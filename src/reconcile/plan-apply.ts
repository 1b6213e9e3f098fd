/** What an apply will do, without doing it: dry runs end here. Pure. */
import type { FieldProblem } from '../manifest/field-problem.ts';
import type { ApplyResult } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { err, ok, type Result } from '../util/result.ts';
import { containerDrift } from './container-drift.ts';
import { dearest, type PodVersion, planChange } from './diff.ts';

/** A manifest that passed validation. */
export interface ValidVersion extends PodVersion {
  readonly warnings: readonly FieldProblem[];
}

/** The pod of that name as it is: `held` waits for its predecessor's end, `terminating` is being deleted. */
export interface ExistingPod extends PodVersion {
  readonly state: 'live' | 'held' | 'terminating';
}

export interface PlannedApply {
  readonly version: ValidVersion;
  readonly result: ApplyResult;
  readonly step: 'nothing' | 'create' | 'update' | 'recreate';
  /** containers that have to be started anew */
  readonly restarted: readonly string[];
}

/** The step for one manifest. A pod that is being deleted is created anew when it is gone. */
export function planApply(existing: ExistingPod | undefined, version: ValidVersion): PlannedApply {
  const warnings = version.warnings.map(formatProblem);
  const { name, namespace } = version.spec;
  if (existing === undefined || existing.state === 'terminating') {
    const waits =
      existing === undefined ? [] : ['a pod of this name is being deleted: this one starts when that is gone'];
    const result = { namespace, name, outcome: 'created', cost: 'nothing', changes: [] } as const;
    return { version, step: 'create', restarted: [], result: { ...result, warnings: [...warnings, ...waits] } };
  }
  const changes = planChange(existing, version);
  const cost = dearest(changes.map((change) => change.cost));
  const outcome = changes.length === 0 ? 'unchanged' : 'configured';
  const result: ApplyResult = { namespace, name, outcome, cost, changes, warnings };
  return { version, result, step: stepFor(result, existing), restarted: restartedContainers(existing, version) };
}

function stepFor(result: ApplyResult, existing: ExistingPod): PlannedApply['step'] {
  if (result.outcome === 'unchanged') return 'nothing';
  return result.cost === 'recreate-pod' && existing.state === 'live' ? 'recreate' : 'update';
}

function restartedContainers(from: PodVersion, to: PodVersion): readonly string[] {
  return to.spec.containers.flatMap((wanted) => {
    const before = from.spec.containers.find(({ name }) => name === wanted.name);
    return before !== undefined && containerDrift(before, wanted) === 'restart' ? [wanted.name] : [];
  });
}

/** All verdicts or all problems: nothing is applied unless every manifest is good and no two name the same pod. */
export function allValid(
  verdicts: readonly Result<ValidVersion, readonly FieldProblem[]>[],
  names: readonly string[],
): Result<readonly ValidVersion[], PodError> {
  const bad = verdicts.flatMap((verdict, index) =>
    verdict.ok ? [] : [{ name: names[index] ?? '', problems: verdict.error }],
  );
  if (bad.length > 0) return err(invalidError(bad));
  const versions = verdicts.flatMap((verdict) => (verdict.ok ? [verdict.value] : []));
  const keys = versions.map(({ spec }) => `${spec.namespace}/${spec.name}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice === undefined) return ok(versions);
  const hint = 'give one of them another name or namespace';
  return err(
    new PodError('Invalid', `two of the manifests are the same pod ${twice}`, {
      hint,
      details: { 'metadata.name': twice },
    }),
  );
}

interface BadManifest {
  readonly name: string;
  readonly problems: readonly FieldProblem[];
}

/** In Kubernetes' words; every problem is a detail under its field. */
function invalidError(bad: readonly BadManifest[]): PodError {
  const details: Record<string, string> = bad.length === 1 ? { kind: 'Pod', name: bad[0]?.name ?? '' } : {};
  for (const { name, problems } of bad) {
    for (const problem of problems) {
      const field = bad.length === 1 ? problem.field : `${name}: ${problem.field}`;
      const text = withHint(problem);
      details[field || 'document'] = details[field] === undefined ? text : `${details[field]}; ${text}`;
    }
  }
  const message = bad.map(
    ({ name, problems }) => `Pod "${name}" is invalid: ${problems.map(formatProblem).join('; ')}`,
  );
  return new PodError('Invalid', message.join('\n'), { details });
}

const withHint = ({ message, hint }: FieldProblem): string => (hint === undefined ? message : `${message} (${hint})`);

const formatProblem = (problem: FieldProblem): string =>
  problem.field === '' ? withHint(problem) : `${problem.field}: ${withHint(problem)}`;
