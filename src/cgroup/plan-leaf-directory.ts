/** What a program's cgroup leaf is to hold. Pure. */
import type { CgroupLayout } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { directorySettings } from './plan-directory.ts';
import { type Bound, nest } from './plan-nesting.ts';
import { type Directory, directoryOf } from './plan-tree.ts';

/** A program's leaf below an `app` of this bound. */
export function leafDirectory(path: string, own: ResourceSpec, app: Bound, layout: CgroupLayout): Directory {
  const nested = nest(app, own, layout);
  return directoryOf(path, directorySettings(nested.resources, layout), nested, app);
}
