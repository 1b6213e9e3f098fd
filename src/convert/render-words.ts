/** The words of `podctl render --to kubernetes`. */
import type { FieldPath, FieldProblem } from '../manifest/field-problem.ts';
import type { FileMaterials } from '../model/materials.ts';
import type { Fields } from './loose-fields.ts';

export interface RenderOptions {
  /** what runs in the place of `image: host` and `rootfs`, by container; `*`: of all others */
  readonly images: ReadonlyMap<string, string>;
  /** an image that has podctl and Node in /opt/podctl: an init container hands them to the others; absent: images have podinit in PATH */
  readonly podinitImage?: string;
  /** what envFile names */
  readonly files: FileMaterials;
}

export interface Rendered {
  readonly objects: readonly Fields[];
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}

/** Where a pod's spec stands in its document: `spec`, or `spec.template.spec` of what makes pods. */
export interface RenderContext extends RenderOptions {
  /** of the pod, or of what makes it: its ConfigMap and policy are named after it */
  readonly name: string;
  readonly path: FieldPath;
  readonly podSpec: Fields;
}

/** What comes of one part of a pod, and what else the pod needs for it. */
export interface Part {
  readonly fields: Fields;
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
  /** files for podinit, by key of the ConfigMap */
  readonly programs: Readonly<Record<string, string>>;
  /** set for the whole pod */
  readonly pod: Fields;
}

/** Where containers find their programs, and podinit where it is handed to them. */
export const programsDirectory = '/etc/podinit';
export const podinitDirectory = '/opt/podctl';
export const programsVolume = 'podinit-programs';
export const podinitVolume = 'podinit';

/** What a container with programs sees more. */
export const podinitMounts = (isHanded: boolean): readonly Fields[] => [
  { name: programsVolume, mountPath: programsDirectory, readOnly: true },
  ...(isHanded ? [{ name: podinitVolume, mountPath: podinitDirectory, readOnly: true }] : []),
];
