/** Which extra controllers a container was started with. */
import { existsSync } from 'node:fs';
import { type CgroupLayout, type Extras, extraControllers } from '../model/cgroup.ts';
import { cgroupDirs } from './paths.ts';

/** On v2, where every container has them all, none is extra. `relative`: containerCgroup. */
export function presentExtras(layout: CgroupLayout, relative: string): Extras {
  const common = new Set(cgroupDirs(layout, relative));
  return new Set(
    extraControllers.filter((extra) => {
      const own = cgroupDirs(layout, relative, new Set([extra])).filter((dir) => !common.has(dir));
      return own.length > 0 && own.every((dir) => existsSync(dir));
    }),
  );
}

/** For people: what is asked for but waits for the container's next start; the machine has it, but the container was started without. */
export function lateExtras(layout: CgroupLayout, asked: Extras, present: Extras): readonly string[] {
  return [...asked].filter((extra) => {
    const isHere = cgroupDirs(layout, '', new Set([extra])).length > cgroupDirs(layout, '').length;
    return isHere && !present.has(extra);
  });
}
