import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const given = process.env.PODCTL_KUBERNETES_DATA;
const shared = given === undefined ? new URL('../../../shared/data/', import.meta.url) : pathToFileURL(`${given}/`);

/** Kubernetes' documentation with the verdicts of its own code, and the field list of its newest Pod: beside the repository, or where PODCTL_KUBERNETES_DATA says. */
export const kubernetesData = {
  examples: new URL('kubernetes-examples/', shared),
  podFields: new URL('kubernetes-pod-fields-1.37.txt', shared),
};

/** Why there are no examples to look at; undefined: they are there. */
export const whyNoExamples = (): string | undefined =>
  existsSync(kubernetesData.examples)
    ? undefined
    : `${kubernetesData.examples.pathname} is not there (PODCTL_KUBERNETES_DATA names its directory)`;

/** File names of all documents, one document each. */
export const kubernetesExamples = (): string[] =>
  readdirSync(kubernetesData.examples).filter((name) => /\.(yaml|json)$/.test(name));

interface Verdict {
  readonly file: string;
  readonly errors?: readonly { readonly Field: string }[];
}

let verdicts: ReadonlyMap<string, Verdict> | undefined;

/** Fields that Kubernetes 1.20.2 has something against, each once; none: it accepts the document. */
export function verdictFields(name: string): string[] {
  verdicts ??= readVerdicts();
  return [...new Set(verdicts.get(name)?.errors?.map(({ Field }) => Field))];
}

function readVerdicts(): ReadonlyMap<string, Verdict> {
  const lines = readFileSync(new URL('verdicts-1.20.2.jsonl', kubernetesData.examples), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line) as Verdict).map((verdict) => [verdict.file, verdict]));
}
