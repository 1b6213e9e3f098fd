/** Everything that one cgroup directory is to hold, raw files over all else. Pure. */
import { type CgroupLayout, type V1Controller, v1Controllers } from '../model/cgroup.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { type DirectoryResources, isUnified, type Setting, settingKey, settingsOf } from './plan-setting.ts';
import { settingsV1, weightsV1 } from './plan-v1.ts';
import { protectionV2, settingsV2, weightsV2 } from './plan-v2.ts';

/** By settingKey, in the order of a fresh directory's writes. What is not asked for is not in it. */
export function directorySettings(resources: DirectoryResources, layout: CgroupLayout): ReadonlyMap<string, Setting> {
  const meant = withoutZeros(resources);
  const known = layout.kind === 'v2' ? settingsV2(meant, layout) : settingsV1(meant, layout);
  return byKey([...known, ...rawSettings(resources.unified, layout)]);
}

/** For a directory that competes with its siblings, hands protection down, and limits nothing. */
export function weightSettings(resources: DirectoryResources, layout: CgroupLayout): ReadonlyMap<string, Setting> {
  if (layout.kind !== 'v2') return byKey(weightsV1(resources));
  return byKey([...weightsV2(resources, layout), ...protectionV2(resources)]);
}

/** As Kubernetes reads it, a limit of nothing is no limit. */
function withoutZeros(resources: DirectoryResources): DirectoryResources {
  const { cpuLimitMillis, memoryLimitBytes, pidsLimit, ...rest } = resources;
  return {
    ...rest,
    ...(cpuLimitMillis ? { cpuLimitMillis } : {}),
    ...(memoryLimitBytes ? { memoryLimitBytes } : {}),
    ...(pidsLimit ? { pidsLimit } : {}),
  };
}

function rawSettings(unified: ResourceSpec['unified'] = {}, layout: CgroupLayout): readonly Setting[] {
  return Object.entries(unified).flatMap(([name, value]) => {
    const controller = controllerOfFile(name, layout);
    if (controller === undefined) return [];
    const lines = value.trim().split('\n');
    return lines.flatMap((line) => settingsOf(controller)(name, line, ['unified']));
  });
}

/** Where a file of this name is: its first word names the controller; undefined where no controller here is called so. */
export function controllerOfFile(name: string, layout: CgroupLayout): Setting['controller'] | undefined {
  const [word] = name.split('.', 1);
  if (layout.kind === 'v2' || (word === 'hugetlb' && isUnified(layout, word))) return 'cgroup2';
  return v1Controllers.find((controller: V1Controller) => controller === word);
}

/** A later one takes the place of an earlier one. */
function byKey(settings: readonly Setting[]): ReadonlyMap<string, Setting> {
  return new Map(settings.map((setting) => [settingKey(setting), setting]));
}
