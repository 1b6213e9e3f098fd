/** The programs of a container as podinit -f reads them, and the container's environment, which podinit hands on. Pure. */
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import { type Fields, listOf, mapOf, withoutKeys } from './loose-fields.ts';
import type { RenderContext } from './render-words.ts';

export interface RenderedPrograms {
  /** undefined: the container has one plain command */
  readonly processes: readonly Fields[] | undefined;
  readonly env: readonly Fields[];
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}

/** Kubernetes resolves what comes from its objects: such variables of a program stand with the container, under names of their own. */
export function renderPrograms(container: Fields, path: FieldPath, context: RenderContext): RenderedPrograms {
  const files = fileVariables(container.envFile, [...path, 'envFile'], context);
  const env = [...files.env, ...listOf(container.env).map(mapOf)];
  if (container.processes === undefined) return { processes: undefined, env, errors: files.errors, warnings: [] };
  const made = listOf(container.processes).map((process, index) =>
    renderProgram(mapOf(process), [...path, 'processes', index], context),
  );
  return {
    processes: made.map(({ process }) => process),
    env: [...env, ...made.flatMap(({ hoisted }) => hoisted)],
    errors: [...files.errors, ...made.flatMap(({ errors }) => errors)],
    warnings: made.flatMap(({ warnings }) => warnings),
  };
}

function renderProgram(process: Fields, path: FieldPath, context: RenderContext) {
  const files = fileVariables(process.envFile, [...path, 'envFile'], context);
  const prefix = `${String(process.name).toUpperCase().replaceAll('-', '_')}_`;
  const variables = variablesOf(process.env);
  const hoisted = variables.filter(({ valueFrom }) => valueFrom !== undefined);
  const env = [
    ...files.env,
    ...variables.map(({ name, value, valueFrom }) =>
      valueFrom === undefined ? { name, value } : { name, value: `$(${prefix}${String(name)})` },
    ),
  ];
  const errors = process.envFrom === undefined ? [] : [sourceError([...path, 'envFrom'])];
  const dropped = ['dev', ...(process.resources === undefined ? [] : ['resources'])];
  return {
    process: {
      ...withoutKeys(process, ['env', 'envFile', 'envFrom', ...dropped]),
      ...(env.length === 0 ? {} : { env }),
    },
    hoisted: hoisted.map(({ name, valueFrom }) => ({ name: prefix + String(name), valueFrom })),
    errors: [...files.errors, ...errors],
    warnings: [
      ...(hoisted.length === 0
        ? []
        : [
            fieldProblem([...path, 'env'], 'all programs of the container see what comes from Secrets and ConfigMaps', {
              at: 'key',
            }),
          ]),
      ...(process.resources === undefined
        ? []
        : [
            fieldProblem([...path, 'resources'], 'holds only where a cgroup is delegated to the container, left out', {
              at: 'key',
            }),
          ]),
    ],
  };
}

const sourceError = (path: FieldPath): FieldProblem =>
  fieldProblem(path, 'cannot be carried by podinit: Kubernetes resolves it for whole containers', {
    at: 'key',
    hint: 'give envFrom to the container',
  });

function variablesOf(env: unknown): readonly Fields[] {
  if (Array.isArray(env)) return env.map(mapOf);
  return Object.entries(mapOf(env)).map(([name, value]) => ({ name, value }));
}

/** Read here and now; texts of files are never expanded. */
function fileVariables(written: unknown, path: FieldPath, { files }: RenderContext) {
  const env: Fields[] = [];
  const errors: FieldProblem[] = [];
  listOf(written).forEach((file, index) => {
    const { path: name = file, optional = false } = mapOf(file);
    const read = files.envFiles.get(String(name));
    if (read instanceof Map) {
      for (const [key, value] of read) env.push({ name: key, value: String(value).replaceAll('$', '$$$$') });
    } else if (optional !== true) {
      const why = typeof read === 'string' ? read : 'there is no such file';
      errors.push(fieldProblem([...path, index], `${String(name)}: ${why}`));
    }
  });
  return { env, errors };
}
