/** The first half of an apply: all of its manifests are good, or all problems are told. Pure. */
import { checkFiles } from '../manifest/check-materials.ts';
import type { FieldProblem } from '../manifest/field-problem.ts';
import { type References, referencesOf } from '../manifest/references.ts';
import { validateObject } from '../manifest/validate-object.ts';
import type { FileMaterials } from '../model/materials.ts';
import type { DataManifest, ObjectManifest } from '../model/object-manifest.ts';
import type { Marks } from '../model/pod-record.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import { PodError } from '../util/pod-error.ts';

/** Accepted, with what it refers to. */
export interface JudgedPod {
  readonly manifest: PodManifest;
  /** labels and annotations as they were written; absent: this is no apply */
  readonly applied?: Marks;
  readonly references: References;
  readonly warnings: readonly FieldProblem[];
}

export interface JudgedData {
  readonly manifest: DataManifest;
  /** as it was written, where `manifest` holds also what others set (merge-live.ts); absent: this is no apply */
  readonly applied?: DataManifest;
  readonly warnings: readonly FieldProblem[];
}

export interface JudgedManifests {
  readonly pods: readonly JudgedPod[];
  readonly data: readonly JudgedData[];
}

/** Throws PodError `Invalid` when one is wrong, with all problems of all, or when two are the same object. */
export function judgeManifests(manifests: readonly ObjectManifest[]): JudgedManifests {
  const verdicts = manifests.map((manifest) => ({ subject: subjectOf(manifest), verdict: validateObject(manifest) }));
  rejectBad(verdicts.flatMap(({ subject, verdict }) => (verdict.ok ? [] : [{ subject, problems: verdict.error }])));
  const valid = verdicts.flatMap(({ verdict }) => (verdict.ok ? [verdict.value] : []));
  rejectTwice(valid.map(({ manifest }) => manifest));
  return {
    pods: valid.flatMap(({ manifest, warnings }) =>
      manifest.kind === 'Pod' ? [{ manifest, warnings, references: referencesOf(manifest) }] : [],
    ),
    data: valid.flatMap(({ manifest, warnings }) => (manifest.kind === 'Pod' ? [] : [{ manifest, warnings }])),
  };
}

/** Throws PodError `Invalid` when a file that a pod needs cannot be read. */
export function rejectUnreadable(pods: readonly JudgedPod[], files: FileMaterials): void {
  rejectBad(
    pods.flatMap(({ manifest, references }) => {
      const problems = checkFiles(references, files);
      return problems.length === 0 ? [] : [{ subject: subjectOf(manifest), problems }];
    }),
  );
}

/** What problems are told of. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
}

export const subjectOf = (manifest: ObjectManifest | null | undefined): Subject => ({
  kind: manifest?.kind ?? 'Pod',
  name: String(manifest?.metadata?.name ?? ''),
});

interface BadManifest {
  readonly subject: Subject;
  readonly problems: readonly FieldProblem[];
}

/** Throws PodError `Invalid` in Kubernetes' words when there is one; every problem is a detail under its field. */
export function rejectBad(bad: readonly BadManifest[]): void {
  const [first] = bad;
  if (first === undefined) return;
  const isOne = bad.length === 1;
  const details: Record<string, string> = isOne ? { ...first.subject } : {};
  for (const { subject, problems } of bad) {
    for (const problem of problems) {
      const field = (isOne ? problem.field : `${subject.name}: ${problem.field}`) || 'document';
      const text = withHint(problem);
      details[field] = details[field] === undefined ? text : `${details[field]}; ${text}`;
    }
  }
  const messages = bad.map(
    ({ subject, problems }) =>
      `${subject.kind} "${subject.name}" is invalid: ${problems.map(formatProblem).join('; ')}`,
  );
  throw new PodError('Invalid', messages.join('\n'), { details });
}

function rejectTwice(manifests: readonly ObjectManifest[]): void {
  const keys = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace || 'default'}/${metadata.name}`);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice === undefined) return;
  const [kind = '', key = ''] = twice.split(' ');
  throw new PodError('Invalid', `two of the manifests are the same ${kind === 'Pod' ? 'pod' : kind} ${key}`, {
    hint: 'give one of them another name or namespace',
    details: { 'metadata.name': key },
  });
}

const withHint = ({ message, hint }: FieldProblem): string => (hint === undefined ? message : `${message} (${hint})`);

/** `field: what is wrong (hint)` */
export const formatProblem = (problem: FieldProblem): string =>
  problem.field === '' ? withHint(problem) : `${problem.field}: ${withHint(problem)}`;
