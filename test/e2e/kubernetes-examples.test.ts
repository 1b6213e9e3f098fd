/** Kubernetes' own example documents, run as they are; images are stood in for by programs of this machine. A sample, or with PODCTL_TEST_CORPUS=all all of them. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageMapVariable } from '../../src/daemon/read-image-map.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type CorpusDocument, readCorpus } from '../support/kubernetes-corpus/corpus.ts';
import { notRun, plans, sample } from '../support/kubernetes-corpus/documents.ts';
import { runDocument } from '../support/kubernetes-corpus/run-document.ts';
import { makeStandInRoot } from '../support/kubernetes-corpus/stand-in-root.ts';
import { standIns } from '../support/kubernetes-corpus/stand-ins.ts';
import { ready } from '../support/kubernetes-corpus/wants.ts';
import { whyNoExamples } from '../support/kubernetes-examples.ts';
import { slowFactor, whyNoRealKernel } from '../support/real-kernel.ts';
import { inRepository } from '../support/repository.ts';
import { whyNoTools } from '../support/why-no-tools.ts';

const why = whyNoExamples() ?? whyNoTools('busybox', 'nginx', 'redis-server');
const documents = why === undefined ? readCorpus() : [];
const corpus = new Map(documents.map((document) => [document.name, document]));
/** A namespace's documents wait for each other. */
const longest = 900_000 * slowFactor;
const asked = process.env.PODCTL_TEST_CORPUS ?? '';

/** `all`, or words of which names hold one. */
function isAsked({ name }: CorpusDocument): boolean {
  if (asked === '') return sample.includes(name);
  return asked === 'all' || asked.split(',').some((word) => name.includes(word));
}

describe.skipIf(why !== undefined)('the table of Kubernetes’ examples', () => {
  test('names documents that are there', () => {
    const named = [plans, notRun].flatMap((table) => Object.keys(table));
    const used = Object.values(plans).flatMap((plan) => plan.with ?? []);
    expect([...named, ...used, ...sample].filter((name) => !corpus.has(name))).toEqual([]);
  });

  test('has a reason for each that is not run', () => {
    const reasons = documents.flatMap((document) => document.notRun ?? []);
    expect(documents).toHaveLength(303);
    expect(documents.length - reasons.length).toBeGreaterThan(230);
    expect(sample.filter((name) => corpus.get(name)?.notRun !== undefined)).toEqual([]);
  });
});

describe.skipIf(why !== undefined || whyNoRealKernel() !== undefined)('Kubernetes’ examples', () => {
  const wanted = documents.filter((document) => document.notRun === undefined && isAsked(document));
  let files = '';
  let instance: Instance;

  beforeAll(async () => {
    files = mkdtempSync('/tmp/pc-images-');
    const map = join(files, 'map.json');
    writeFileSync(map, JSON.stringify(standIns(makeStandInRoot(join(files, 'root')))));
    instance = await startInstance({ env: { [imageMapVariable]: map } });
    makeProfiles(join(instance.base, 'root/seccomp/profiles'));
  });
  afterAll(async () => {
    await instance.stop();
    rmSync(files, { recursive: true, force: true });
  });

  /** Documents that name a namespace have it for themselves, one after the other. */
  const last = new Map<string, Promise<unknown>>();
  const inTurn = <T>(namespace: string, run: () => Promise<T>): Promise<T> => {
    const turn = (last.get(namespace) ?? Promise.resolve()).catch(() => undefined).then(run);
    last.set(namespace, turn);
    return turn;
  };
  const namespaceOf = (document: CorpusDocument): string => {
    const all = [document, ...(document.plan.with ?? []).map((name) => corpus.get(name))];
    const named = all.map((each) => each?.manifest?.metadata.namespace).find(Boolean);
    return (
      named ??
      document.name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .slice(-63)
        .replace(/^-/, '')
    );
  };

  const named = wanted.map((document) => [document.name, (document.plan.wants ?? ready).what, document] as const);
  test.concurrent.each(named)(
    '%s %s',
    async (_, __, document) => {
      const namespace = namespaceOf(document);
      await inTurn(namespace, () => runDocument(document, { instance, namespace, corpus }));
    },
    longest,
  );
});

/** Those that Kubernetes' text has its reader put on the node. */
function makeProfiles(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'audit.json'), JSON.stringify({ defaultAction: 'SCMP_ACT_LOG' }));
  writeFileSync(join(dir, 'violation.json'), JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO' }));
  cpSync(inRepository('schemas/seccomp-default.json'), join(dir, 'fine-grained.json'));
}
