/** `dev.watch` of a manifest as rules with every default filled in. Pure. */
import type { DevRule } from '../model/dev-rule.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import { parseDuration } from '../util/duration.ts';
import { parseSignal } from '../util/signal-name.ts';
import { allContainers } from './listed-containers.ts';
import type { ContainerInput, PodInput } from './schema.ts';

/** process-compose's and, nearly, docker compose's. */
const defaultDebounceMs = 300;

type RuleInput = NonNullable<NonNullable<ContainerInput['dev']>['watch']>[number];
type Owner = Pick<DevRule, 'namespace' | 'pod' | 'container' | 'program'>;

/** The rules of a manifest that validatePod accepted: each container's own, then those of its programs. */
export function normaliseDevRules({ metadata, spec }: PodManifest): readonly DevRule[] {
  const containers = allContainers(spec as unknown as PodInput['spec']).map(({ container }) => container);
  const pod = { namespace: metadata.namespace || 'default', pod: metadata.name };
  return containers.flatMap((container) => {
    const owner: Owner = { ...pod, container: container.name };
    const programs = (container.processes ?? []).flatMap(({ name, dev }) =>
      rulesOf({ ...owner, program: name }, dev?.watch),
    );
    return [...rulesOf(owner, container.dev?.watch), ...programs];
  });
}

function rulesOf(owner: Owner, written: readonly RuleInput[] | undefined): readonly DevRule[] {
  return (written ?? []).map((rule, index) => normaliseRule(owner, rule, index));
}

function normaliseRule(owner: Owner, rule: RuleInput, index: number): DevRule {
  const { namespace, pod, container, program } = owner;
  const where = [namespace, pod, container, ...(program === undefined ? [] : [program])].join('/');
  const signal = rule.signal === undefined ? undefined : parseSignal(rule.signal);
  return {
    id: `${where}#${index}`,
    ...owner,
    paths: [...new Set(rule.paths)],
    include: rule.include ?? [],
    exclude: rule.exclude ?? [],
    action: rule.action,
    debounceMs: parseDuration(rule.debounce ?? '') ?? defaultDebounceMs,
    ...(signal === undefined ? {} : { signal }),
    ...(rule.command === undefined ? {} : { command: commandWords(rule.command) }),
    directory: rule.directory ?? '/',
    ...(rule.target === undefined ? {} : { target: rule.target }),
    ...(rule.restart === undefined ? {} : { restart: [...new Set(rule.restart)] }),
    cascade: rule.cascade ?? false,
  };
}

const commandWords = (command: string | readonly string[]): readonly string[] =>
  typeof command === 'string' ? ['sh', '-c', command] : command;
