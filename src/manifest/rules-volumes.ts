/** Rules for spec.volumes (Kubernetes ValidateVolumes). */
import { parseQuantity } from '../util/quantity.ts';
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { dnsLabelComplaint } from './name-rules.ts';
import { checkEnvFileVolumes } from './rules-env-files.ts';
import { checkMounts } from './rules-mounts.ts';
import { checkRemoteVolume, volumeKinds } from './rules-remote-volumes.ts';
import { checkNoNul } from './rules-values.ts';
import { checkClaims } from './rules-volume-claims.ts';
import { checkDirectoryMode, checkFiles } from './rules-volume-files.ts';
import type { LoosePod, LooseSpec } from './schema.ts';

export type LooseVolume = NonNullable<NonNullable<LooseSpec['volumes']>[number]>;

/** The volumes of a pod and where its containers mount them. */
export function checkVolumes(pod: LoosePod, spec: LooseSpec, problems: ProblemSink): void {
  const isOurs = pod.apiVersion === 'podctl.dev/v1';
  const names = new Map<string, string>();
  spec.volumes?.forEach((volume, index) => {
    if (volume === undefined) return;
    const path = ['spec', 'volumes', index];
    checkName(volume.name, names, [...path, 'name'], problems);
    names.set(volume.name ?? '', Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir');
    checkOneSource(volume, path, problems);
    checkHostPath(volume.hostPath, [...path, 'hostPath'], isOurs, problems);
    checkEmptyDir(volume.emptyDir, [...path, 'emptyDir'], problems);
    checkFiles(volume, path, problems);
    checkClaims(volume, pod.metadata?.name, path, problems);
    checkRemoteVolume(volume, path, problems);
  });
  const context = { names, isWhole: !areCut(spec), isOurs };
  checkEnvFileVolumes(spec, context, problems);
  for (const list of ['initContainers', 'containers'] as const) {
    spec[list]?.forEach((container, index) => {
      if (container !== undefined) checkMounts(container, ['spec', list, index], context, problems);
    });
  }
}

const areCut = (spec: LooseSpec): boolean =>
  spec.volumes === undefined
    ? Object.hasOwn(spec, 'volumes')
    : spec.volumes.some((volume) => volume?.name === undefined);

function checkName(
  name: string | undefined,
  names: ReadonlyMap<string, string>,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (name === undefined) return;
  const complaint = name === '' ? undefined : dnsLabelComplaint(name);
  if (name === '') problems.error(path, required());
  else if (complaint !== undefined) problems.error(path, invalid(name, complaint));
  else if (names.has(name)) problems.error(path, duplicate(name));
}

/** Which of them is one too many follows from Kubernetes' order. */
function checkOneSource(volume: LooseVolume, path: FieldPath, problems: ProblemSink): void {
  const sources = volumeKinds.filter((kind) => Object.hasOwn(volume, kind));
  for (const source of sources.slice(1)) {
    problems.error([...path, source], forbidden('may not specify more than 1 volume type'), { at: 'key' });
  }
}

function checkHostPath(
  hostPath: LooseVolume['hostPath'],
  path: FieldPath,
  isOurs: boolean,
  problems: ProblemSink,
): void {
  if (hostPath === undefined) return;
  const { path: written } = hostPath;
  if (written === '' || (written === undefined && !('path' in hostPath))) problems.error([...path, 'path'], required());
  else if (written !== undefined) checkHostPathPath(written, [...path, 'path'], isOurs, problems);
}

/** Kubernetes takes any text; in `v1` a relative path is therefore only warned of, and its container waits. */
function checkHostPathPath(written: string, path: FieldPath, isOurs: boolean, problems: ProblemSink): void {
  checkNoNul(written, path, problems);
  if (written.split('/').includes('..')) problems.error(path, invalid(written, "must not contain '..'"));
  else if (!written.startsWith('/') && isOurs) problems.error(path, invalid(written, 'must be an absolute path'));
  else if (!written.startsWith('/')) {
    problems.warn(path, 'is not an absolute path, the container will wait', {
      hint: 'in apiVersion podctl.dev/v1 it starts from the manifest’s own directory',
    });
  }
}

function checkEmptyDir(emptyDir: LooseVolume['emptyDir'], path: FieldPath, problems: ProblemSink): void {
  const { sizeLimit, mode } = emptyDir ?? {};
  checkDirectoryMode(mode, [...path, 'mode'], problems);
  if (sizeLimit === undefined || sizeLimit === '') return;
  const bytes = parseQuantity(String(sizeLimit));
  if (bytes === undefined || bytes < 0) {
    problems.error([...path, 'sizeLimit'], forbidden('SizeLimit field must be a valid resource quantity'));
  }
}
