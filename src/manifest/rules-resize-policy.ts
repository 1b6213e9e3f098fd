/** Rules for what a change of resources takes (Kubernetes validateResizePolicy). */
import { duplicate, type FieldPath, invalid, type ProblemSink, required, unsupported } from './field-problem.ts';
import type { LooseContainer } from './schema.ts';

const resources = ['cpu', 'memory'];
const policies = ['NotRequired', 'RestartContainer'];

/** `path` is the container's; Kubernetes names the list. */
export function checkResizePolicy(
  { resizePolicy }: LooseContainer,
  path: FieldPath,
  restartPolicy: string | undefined,
  problems: ProblemSink,
): void {
  const told = [...path, 'resizePolicy'];
  const seen = new Set<string | undefined>();
  resizePolicy?.forEach((entry, index) => {
    if (entry === undefined) return;
    const at = [...told, index];
    const { resourceName, restartPolicy: policy } = entry;
    if (resourceName && seen.has(resourceName)) problems.error(at, duplicate(resourceName));
    seen.add(resourceName);
    checkWord(resourceName, resources, { at: [...at, 'resourceName'], told }, problems);
    checkWord(policy, policies, { at: [...at, 'restartPolicy'], told }, problems);
    if (restartPolicy === 'Never' && policy === 'RestartContainer') {
      const words = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      problems.error([...at, 'restartPolicy'], invalid(policy, words), { told });
    }
  });
}

interface Place {
  readonly at: FieldPath;
  readonly told: FieldPath;
}

function checkWord(word: string | undefined, known: readonly string[], { at, told }: Place, problems: ProblemSink) {
  if (!word) problems.error(at, required(), { told });
  else if (!known.includes(word)) problems.error(at, unsupported(word, known), { told });
}
