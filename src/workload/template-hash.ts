/** Which revision a pod template is, and names made from it, in the letters that Kubernetes uses (rand.SafeEncodeString). */

import type { PodTemplate } from '../model/workload.ts';
import { templateHashLabel } from '../model/workload-spec.ts';
import { fnv1a32 } from '../util/fnv1a32.ts';

const letters = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
/** of what a suffix is put to (names.go maxGeneratedNameLength) */
const longestBase = 58;

/** Equal templates have equal hashes, whatever the order of their fields; `collisions`: how often that hash was another's. */
export function templateHash(template: PodTemplate, collisions = 0): string {
  const text = `${canonicalJson(ofPods(template))}${collisions === 0 ? '' : collisions}`;
  return safeEncode(String(fnv1a32(text)));
}

/** Whether pods of both are the same: the label that tells revisions apart does not count, nor what `podctl dev` alone goes by. */
export const sameTemplate = (left: PodTemplate, right: PodTemplate): boolean =>
  canonicalJson(ofPods(left)) === canonicalJson(ofPods(right));

/** What its pods depend on. */
const ofPods = (template: PodTemplate): PodTemplate => withoutDev(withoutHash(template));

type Fields = Readonly<Record<string, unknown>>;

function withoutDev({ spec, ...others }: PodTemplate): PodTemplate {
  const programs = ({ dev: _dev, ...rest }: Fields): Fields => rest;
  const containers = (one: Fields): Fields => mapLists(programs(one), ['processes'], programs);
  return { ...others, spec: mapLists(spec, ['containers', 'initContainers'], containers) };
}

function mapLists(fields: Fields, lists: readonly string[], change: (item: Fields) => Fields): Fields {
  const changed = lists.flatMap((name): [string, unknown][] => {
    const list = fields?.[name];
    return Array.isArray(list) ? [[name, list.map(change)]] : [];
  });
  return changed.length === 0 ? fields : { ...fields, ...Object.fromEntries(changed) };
}

/** The template as its pods are to be labelled. */
export function withHash(template: PodTemplate, hash: string): PodTemplate {
  const { metadata } = template;
  return { ...template, metadata: { ...metadata, labels: { ...metadata?.labels, [templateHashLabel]: hash } } };
}

/** The template as the user wrote it. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const { labels, ...metadata } = template.metadata ?? {};
  const { [templateHashLabel]: _hash, ...others } = labels ?? {};
  return { ...template, metadata: { ...metadata, labels: others } };
}

/** `count` new names as Kubernetes generates them: none of `taken`, the same for the same `seed`. */
export function newNames(base: string, seed: string, count: number, taken: ReadonlySet<string>): readonly string[] {
  const names: string[] = [];
  for (let attempt = 0; names.length < count; attempt++) {
    const name = `${base.slice(0, longestBase)}${suffix(`${seed}/${attempt}`)}`;
    if (!taken.has(name) && !names.includes(name)) names.push(name);
  }
  return names;
}

function suffix(seed: string): string {
  let rest = fnv1a32(seed);
  let text = '';
  for (let index = 0; index < suffixLength; index++) {
    text += letters[rest % letters.length];
    rest = Math.floor(rest / letters.length);
  }
  return text;
}

const safeEncode = (digits: string): string =>
  [...digits].map((digit) => letters[digit.charCodeAt(0) % letters.length]).join('');

/** Keys in order; what is undefined, null or an empty map or list counts as absent, as in Kubernetes' own objects. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? '';
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .map(([key, field]): [string, unknown] => [key, canonical(field)])
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries);
}
