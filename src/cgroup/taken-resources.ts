/** What a cgroup holds after a change of which the kernel refused a part. Pure. */
import { basename } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { directorySettings } from './plan-directory.ts';

/** Fields of these resources (devices by number) that the files are for. */
export function fieldsOfFiles(
  files: readonly string[],
  resources: readonly ResourceSpec[],
  layout: CgroupLayout,
): ReadonlySet<string> {
  const names = new Set(files.map((file) => basename(file)));
  const settings = resources.flatMap((each) => [...directorySettings(each, layout).values()]);
  return new Set(settings.filter(({ name }) => names.has(name)).flatMap(({ fields }) => fields));
}

/** `to`, but for the refused fields, which are as in `from`; all of `from` where that would hide that something was refused. */
export function takenResources(from: ResourceSpec, to: ResourceSpec, refused: ReadonlySet<string>): ResourceSpec {
  const accepted = Object.entries(to).filter(([field]) => !refused.has(field));
  const kept = Object.entries(from).filter(([field]) => refused.has(field));
  const taken: ResourceSpec = Object.fromEntries([...accepted, ...kept]);
  return sameJson(taken, to) ? from : taken;
}
