import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { dataKinds } from '../../../src/model/object-kinds.ts';

const directory = new URL('../../support/kubectl-objects/', import.meta.url);
const files = readdirSync(directory);
const textOf = (file: string): string => readFileSync(new URL(file, directory), 'utf8');
const diagnose = (text: string): string[] =>
  parseManifest(text, 'kubectl.yaml').diagnostics.map(({ severity, field, message }) =>
    [severity, field, message].join(': '),
  );

describe('what kubectl prints with every default filled in', () => {
  test.each(files)('%s is taken in silence', (file) => {
    expect(diagnose(textOf(file))).toEqual([]);
  });

  test('has one of every kind', () => {
    const kinds = files.flatMap((file) => parseManifest(textOf(file), file).data.map(({ manifest }) => manifest.kind));
    expect(new Set(kinds)).toEqual(new Set(dataKinds));
  });
});

type Change = readonly [file: string, path: readonly (string | number)[], value: unknown];

/** What is there with one value in the place of another. */
function changed([file, path, value]: Change): string {
  const [document] = parseAllDocuments(textOf(file));
  document?.setIn(path, document.createNode(value));
  return String(document);
}

const noUse = 'means nothing on one machine, ignored';
const notYet = 'not honoured by this version, ignored';
const toleration = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' };
const place = { key: 'metadata.name', operator: 'In', values: ['kind-worker'] };
const container = (field: string): readonly (string | number)[] => ['spec', 'containers', 0, field];

describe('what is no default is still warned of, in one line', () => {
  test.each<[string, Change, string]>([
    ['a scheduler', ['pod.yaml', ['spec', 'schedulerName'], 'mine'], `spec.schedulerName: ${noUse}`],
    ['a priority', ['pod.yaml', ['spec', 'priority'], 7], `spec.priority: ${noUse}`],
    [
      'a class of priority, which gave the number',
      ['pod.yaml', ['spec'], { priorityClassName: 'high', priority: 1000, containers: [plainContainer()] }],
      `spec.priorityClassName: ${noUse}`,
    ],
    ['no preemption', ['pod.yaml', ['spec', 'preemptionPolicy'], 'Never'], `spec.preemptionPolicy: ${noUse}`],
    [
      'an account, under both of its names',
      [
        'pod.yaml',
        ['spec'],
        { serviceAccountName: 'builder', serviceAccount: 'builder', containers: [plainContainer()] },
      ],
      `spec.serviceAccountName: ${noUse}`,
    ],
    [
      'a toleration among the defaults',
      ['pod.yaml', ['spec', 'tolerations', 1], { key: 'gpu', operator: 'Exists' }],
      `spec.tolerations: ${noUse}`,
    ],
    [
      'a default toleration in other words',
      ['pod.yaml', ['spec', 'tolerations', 0], { ...toleration, operator: 'Equal' }],
      `spec.tolerations: ${noUse}`,
    ],
    [
      'a place of one’s own choice beside that of a DaemonSet',
      [
        'pod.yaml',
        ['spec', 'affinity'],
        {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchFields: [place] },
                { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
              ],
            },
          },
        },
      ],
      `spec.affinity: ${noUse}`,
    ],
    ['a node, in a manifest by hand', ['pod.yaml', ['metadata'], { name: 'plain' }], `spec.nodeName: ${noUse}`],
    [
      'a node, in a template',
      ['deployment.yaml', ['spec', 'template', 'spec', 'nodeName'], 'kind-worker'],
      `spec.template.spec.nodeName: ${noUse}`,
    ],
    [
      'a restart for other limits',
      ['pod.yaml', container('resizePolicy'), [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }]],
      `spec.containers[0].resizePolicy: ${notYet}`,
    ],
    [
      'a token by one’s own volume',
      [
        'pod.yaml',
        ['spec', 'volumes', 1],
        { name: 'vault', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      `spec.volumes[1].projected.sources[0].serviceAccountToken: ${noUse}`,
    ],
    [
      'a finalizer of somebody',
      ['pod.yaml', ['metadata', 'finalizers'], ['kubernetes.io/pvc-protection', 'example.com/wait']],
      `metadata.finalizers: ${noUse}`,
    ],
    [
      'a finalizer of somebody whose name ends alike',
      ['pod.yaml', ['metadata', 'finalizers'], ['notkubernetes.io/x']],
      `metadata.finalizers: ${noUse}`,
    ],
    [
      'a name that was not generated',
      ['pod.yaml', ['metadata', 'generateName'], 'web-'],
      'metadata.generateName: name is given, ignored',
    ],
    [
      'a claim’s class by hand',
      ['claim.yaml', ['spec', 'volumeName'], ''],
      'spec.storageClassName: there is one class here, local: it is used instead',
    ],
    ['another system', ['pod.yaml', ['spec', 'os', 'name'], 'windows'], `spec.os: ${noUse}`],
  ])('%s', (_, change, warning) => {
    expect(diagnose(changed(change))).toEqual([`warning: ${warning}`]);
  });

  test('a claim’s volume and class by hand', () => {
    const text = textOf('claim.yaml').replace(/^ {2}(uid|resourceVersion):.*\n/gm, '');
    expect(diagnose(text)).toEqual([
      'warning: spec.storageClassName: there is one class here, local: it is used instead',
      `warning: spec.volumeName: ${noUse}`,
    ]);
  });

  test.each([
    ['registry.example:5000/web', 'Always', false],
    ['registry.example:5000/web', 'IfNotPresent', true],
    ['web:latest', 'Always', false],
    ['web:1.2', 'IfNotPresent', false],
    ['web:1.2', 'Always', true],
    ['web:1.2', 'Never', true],
    ['web@sha256:0', 'IfNotPresent', false],
    ['host', 'Never', false],
  ])('of %s pulled %s: %s', (image, policy, isWarned) => {
    const spec = { containers: [{ ...plainContainer(), image, imagePullPolicy: policy }] };
    const said = diagnose(changed(['pod.yaml', ['spec'], spec])).filter((line) => line.includes('imagePullPolicy'));
    expect(said).toEqual(isWarned ? [`warning: spec.containers[0].imagePullPolicy: ${notYet}`] : []);
  });
});

function plainContainer() {
  return { name: 'app', image: 'host', command: ['true'] };
}
