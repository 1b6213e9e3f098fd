/** `podctl explain KIND.FIELD`: the fields of what can be applied, and the kinds there are. */
import { type ExplainedField, explainField, type SchemaNode } from '../manifest/explain-field.ts';
import { jsonSchema, type KindSchema, kindSchemas } from '../manifest/json-schema.ts';
import { isClusterScoped, kindNames } from '../model/object-kinds.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { dataKindOf, resourceOf } from './resource-args.ts';
import { alignColumns } from './tab-columns.ts';
import { UsageError } from './usage-error.ts';
import { wrapWords } from './wrap-words.ts';

export interface ExplainOptions {
  /** absent: Kubernetes', and podctl's own where the field is in it alone */
  readonly apiVersion?: string;
  readonly isRecursive: boolean;
}

const everything = 100;

/** `deployment.spec.strategy`. Throws UsageError for a kind or a field that there is not. */
export function formatExplanation(word: string, { apiVersion, isRecursive }: ExplainOptions): string {
  const [kindWord = '', ...path] = word.split('.').filter((part) => part !== '');
  const schemas = schemasOf(kindWord, apiVersion);
  const found = schemas.map((schema) => ({
    schema,
    field: explainField(jsonSchema(schema.schema) as SchemaNode, path, isRecursive ? everything : 1),
  }));
  const good = found.find(({ field }) => field.ok) ?? found[0];
  if (good === undefined || !good.field.ok) {
    throw new UsageError(good?.field.ok === false ? good.field.error : 'bug: no schema', `podctl explain ${kindWord}`);
  }
  return format(good.schema, path, good.field.value, isRecursive);
}

function schemasOf(word: string, apiVersion: string | undefined): readonly KindSchema[] {
  const resource = resourceOf(word);
  const kind = resource === 'pods' ? 'Pod' : resource === undefined ? undefined : dataKindOf(resource);
  const all = kindSchemas();
  const own = all.filter((schema) => schema.kind === kind);
  if (own.length === 0) {
    const hint = formatDidYouMean(
      word,
      all.map(({ singular }) => singular),
    );
    throw new UsageError(`no kind "${word}"${hint}`, 'podctl explain lists the kinds');
  }
  const wanted = own.filter((schema) => apiVersion === undefined || schema.apiVersion === apiVersion);
  if (wanted.length > 0) return wanted;
  const versions = own.map((schema) => schema.apiVersion).join(', ');
  throw new UsageError(`there is no ${own[0]?.kind} of apiVersion ${apiVersion}`, `known are ${versions}`);
}

function format(
  { kind, apiVersion }: KindSchema,
  path: readonly string[],
  field: ExplainedField,
  isRecursive: boolean,
) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [undefined, apiVersion];
  const head = [
    ...(group === undefined ? [] : [`GROUP:      ${group}`]),
    `KIND:       ${kind}`,
    `VERSION:    ${version}`,
  ];
  const named = path.length === 0 ? [] : ['', `FIELD: ${title(field)}`];
  const words = about(field, 4);
  const inner = isRecursive ? tree(field.fields, 1) : field.fields.flatMap((one) => [...lines(one), '']);
  const rows = [
    ...[...head, ...named, ''],
    ...(words.length === 0 ? [] : ['DESCRIPTION:', ...words, '']),
    ...(field.fields.length === 0 ? [] : ['FIELDS:', ...inner]),
  ];
  return `${rows.join('\n').trimEnd()}\n`;
}

const title = ({ name, type, isRequired }: ExplainedField): string =>
  `${name} <${type}>${isRequired ? ' -required-' : ''}`;

const lines = (field: ExplainedField): readonly string[] => [`  ${title(field)}`, ...about(field, 4)];

function about({ description, choices, warning }: ExplainedField, indent: number): readonly string[] {
  const texts = [
    ...(choices === undefined ? [] : [`one of: ${choices.join(', ')}`]),
    ...(description === undefined ? [] : [description]),
    ...(warning === undefined ? [] : [`Here: ${warning}`]),
  ];
  return texts.flatMap((text) => wrapWords(text, 76)).map((line) => ' '.repeat(indent) + line);
}

const tree = (fields: readonly ExplainedField[], level: number): readonly string[] =>
  fields.flatMap((field) => [`${'  '.repeat(level)}${title(field)}`, ...tree(field.fields, level + 1)]);

/** A table as kubectl api-resources prints it. */
export function formatKinds(): string {
  const rows = kindSchemas().map(({ kind, apiVersion }) => {
    const { resource, shortNames } = kind === 'Pod' ? { resource: 'pods', shortNames: ['po'] } : kindNames[kind];
    return [resource, shortNames.join(','), apiVersion, String(!isClusterScoped(kind)), kind].join('\t');
  });
  const table = alignColumns(['NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND', ...rows], { minWidth: 0, padding: 3 });
  return `${table.map((line) => line.trimEnd()).join('\n')}\n`;
}
