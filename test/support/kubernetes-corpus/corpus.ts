/** Kubernetes' example documents by short names, and which of them can be run. */
import { existsSync, readFileSync } from 'node:fs';
import { parseManifest } from '../../../src/manifest/parse.ts';
import type { ObjectManifest } from '../../../src/model/object-manifest.ts';
import { kubernetesData, kubernetesExamples } from '../kubernetes-examples.ts';
import { type DocumentPlan, notRun, plans } from './documents.ts';

export interface CorpusDocument {
  /** `pods/simple-pod`; `#1` for the second document of a file of Kubernetes */
  readonly name: string;
  readonly text: string;
  /** undefined: it is refused, or of a kind that means nothing on one machine */
  readonly manifest: ObjectManifest | undefined;
  readonly plan: DocumentPlan;
  /** absent: it is run */
  readonly notRun?: string;
}

/** All of them. */
export function readCorpus(): readonly CorpusDocument[] {
  return kubernetesExamples().map((file) => {
    const name = shortName(file);
    const text = readFileSync(new URL(file, kubernetesData.examples), 'utf8');
    const { pods, data, diagnostics } = parseManifest(text, file);
    const manifest = [...data, ...pods][0]?.manifest;
    const plan = plans[name] ?? {};
    const isSkipped = diagnostics.every(({ severity }) => severity !== 'error');
    const refused = isSkipped ? 'its kind means nothing on one machine' : 'Kubernetes refuses it';
    const why = manifest === undefined ? refused : (notRun[name] ?? whyNoFiles(plan));
    return { name, text, manifest, plan, ...(why !== undefined && { notRun: why }) };
  });
}

/** `website__pods--simple-pod__0.Pod.yaml` → `pods/simple-pod` */
function shortName(file: string): string {
  const [, path = '', index, ending] = /^website\d*__(.*)__(\d+)\.\w+(\.\w+)$/.exec(file) ?? [];
  return `${path.replaceAll('--', '/')}${index === '0' ? '' : `#${index}`}${ending === '.yaml' ? '' : ending}`;
}

function whyNoFiles({ files }: DocumentPlan): string | undefined {
  const missing = files?.wants?.find((path) => !existsSync(path));
  if (missing !== undefined) return `this machine has no ${missing}`;
  const foreign = files?.writes?.find((path) => existsSync(path));
  return foreign === undefined ? undefined : `this machine has a ${foreign} of its own`;
}
