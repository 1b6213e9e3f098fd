/** Cgroup files as texts, by name; `../` names the directory above. */
import type { ReadCgroup } from '../../../../src/init/procview/cgroup-text.ts';

export const aCgroup =
  (files: Readonly<Record<string, string>>): ReadCgroup =>
  (file, above = 0) =>
    files[`${'../'.repeat(above)}${file}`] ?? '';

export const mib = 1 << 20;
