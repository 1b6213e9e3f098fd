/** Rules for a container's own restartPolicy and restartPolicyRules (Kubernetes validateContainerRestartPolicy). */
import { type FieldPath, type ProblemSink, required, tooMany, unsupported } from './field-problem.ts';
import type { LooseContainer } from './schema.ts';

const maxRules = 20;
const maxValues = 255;
const actions = ['Restart', 'RestartAllContainers'];
const operators = ['In', 'NotIn'];

/** `path` is the container's. */
export function checkRestartRules(container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  if (rules.length === 0) return;
  const at = [...path, 'restartPolicyRules'];
  if (restartPolicy === '' || !('restartPolicy' in container)) {
    problems.error([...path, 'restartPolicy'], required('must specify restartPolicy when restart rules are used'), {
      hint: 'it says what happens after exit codes that no rule names',
    });
  }
  if (rules.length > maxRules) problems.error(at, tooMany(rules.length, maxRules));
  rules.forEach((rule, index) => {
    if (rule !== undefined) checkRule(rule, [...at, index], problems);
  });
}

type Rule = NonNullable<NonNullable<LooseContainer['restartPolicyRules']>[number]>;

function checkRule({ action, exitCodes }: Rule, path: FieldPath, problems: ProblemSink): void {
  if (action === undefined || !actions.includes(action)) {
    problems.error([...path, 'action'], action ? unsupported(action, actions) : required());
  }
  if (exitCodes === undefined) return problems.error([...path, 'exitCodes'], required('must be specified'));
  const { operator, values = [] } = exitCodes;
  const at = [...path, 'exitCodes'];
  if (operator === undefined || !operators.includes(operator)) {
    problems.error([...at, 'operator'], unsupported(operator ?? '', operators));
  }
  if (values.length > maxValues) {
    problems.error([...at, 'values'], tooMany(values.length, maxValues));
  }
  const seen = new Set<number>();
  values.forEach((value, index) => {
    if (value === undefined) return;
    if (seen.has(value)) problems.error([...at, 'values', index], `Duplicate value: ${value}`);
    else if (value < 0 || value > 255) problems.warn([...at, 'values', index], 'no program ends with such a code');
    seen.add(value);
  });
}
