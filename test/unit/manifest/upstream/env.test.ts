import { describe } from 'vitest';
import { withContainer } from '../a-manifest.ts';
import { invalid, required, testCases, unsupported } from './api-case.ts';

const app = 'spec.containers[0]';
const at = `${app}.env[0]`;
const withEnv = (...env: readonly object[]) => withContainer({ env });
const from = (valueFrom: object) => withEnv({ name: 'A', valueFrom });

describe('a variable', () => {
  testCases([
    ['of any printable name', withEnv({ name: 'a.b-c d/1', value: '' })],
    ['that is empty', withEnv({ name: 'A' })],
    ['without a name', withEnv({ value: 'x' }), required(`${at}.name`)],
    ['of an empty name', withEnv({ name: '' }), required(`${at}.name`)],
    ['of a name with =', withEnv({ name: 'a=b' }), invalid(`${at}.name`)],
    ['of a name beyond ASCII', withEnv({ name: 'ä' }), invalid(`${at}.name`)],
    ['twice', withEnv({ name: 'A', value: '1' }, { name: 'A', value: '2' })],
    ['from nothing', from({}), invalid(`${at}.valueFrom`)],
    [
      'with a value and from a field',
      withEnv({ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
      invalid(`${at}.valueFrom`),
    ],
    [
      'with an empty value and from a field',
      withEnv({ name: 'A', value: '', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
    ],
    [
      'from two places',
      from({ fieldRef: { fieldPath: 'metadata.name' }, configMapKeyRef: { name: 'a', key: 'b' } }),
      invalid(`${at}.valueFrom`),
    ],
    ['from a field', from({ fieldRef: { apiVersion: 'v1', fieldPath: "metadata.annotations['Ab.c/D_e']" } })],
    ['from no field', from({ fieldRef: {} }), required(`${at}.valueFrom.fieldRef.fieldPath`)],
    [
      'from a field nobody knows',
      from({ fieldRef: { fieldPath: 'metadata.whoops' } }),
      invalid(`${at}.valueFrom.fieldRef.fieldPath`),
    ],
    [
      'from a field of another version',
      from({ fieldRef: { apiVersion: 'v2', fieldPath: 'metadata.name' } }),
      invalid(`${at}.valueFrom.fieldRef.fieldPath`),
    ],
    [
      'from a field that is for volumes',
      from({ fieldRef: { fieldPath: 'metadata.labels' } }),
      unsupported(`${at}.valueFrom.fieldRef.fieldPath`),
    ],
    [
      'from a field that is for no pod',
      from({ fieldRef: { fieldPath: 'status.phase' } }),
      unsupported(`${at}.valueFrom.fieldRef.fieldPath`),
    ],
    [
      'from a label of a bad key',
      from({ fieldRef: { fieldPath: "metadata.labels['a b']" } }),
      invalid(`${at}.valueFrom.fieldRef`),
    ],
    [
      'from a label of an empty key',
      from({ fieldRef: { fieldPath: "metadata.labels['']" } }),
      invalid(`${at}.valueFrom.fieldRef`),
    ],
    [
      'from an annotation of a bad key',
      from({ fieldRef: { fieldPath: "metadata.annotations['a/b/c']" } }),
      invalid(`${at}.valueFrom.fieldRef`),
    ],
    ['from a ConfigMap', from({ configMapKeyRef: { name: 'a.b', key: 'c_d', optional: true } })],
    [
      'from a ConfigMap without a name',
      from({ configMapKeyRef: { key: 'a' } }),
      invalid(`${at}.valueFrom.configMapKeyRef.name`),
    ],
    [
      'from a ConfigMap of a bad name',
      from({ configMapKeyRef: { name: '$', key: 'a' } }),
      invalid(`${at}.valueFrom.configMapKeyRef.name`),
    ],
    [
      'from a ConfigMap without a key',
      from({ configMapKeyRef: { name: 'a' } }),
      required(`${at}.valueFrom.configMapKeyRef.key`),
    ],
    [
      'from a ConfigMap by a bad key',
      from({ configMapKeyRef: { name: 'a', key: 'a b' } }),
      invalid(`${at}.valueFrom.configMapKeyRef.key`),
    ],
    [
      'from a Secret without a key',
      from({ secretKeyRef: { name: 'a' } }),
      required(`${at}.valueFrom.secretKeyRef.key`),
    ],
    [
      'from a Secret without a name',
      from({ secretKeyRef: { key: 'a' } }),
      invalid(`${at}.valueFrom.secretKeyRef.name`),
    ],
    [
      'from a Secret by a key that leads up',
      from({ secretKeyRef: { name: 'a', key: '..' } }),
      invalid(`${at}.valueFrom.secretKeyRef.key`),
    ],
  ]);
});

describe('a variable from resources', () => {
  const reference = (resourceFieldRef: object) => from({ resourceFieldRef });
  const place = `${at}.valueFrom.resourceFieldRef`;
  testCases([
    ['cpu in thousandths', reference({ resource: 'limits.cpu', divisor: '1m' })],
    ['cpu in thousandths, as a fraction', reference({ resource: 'limits.cpu', divisor: '0.001' })],
    ['cpu in whole ones, as thousandths', reference({ resource: 'requests.cpu', divisor: '1000m' })],
    ['memory in kibibytes', reference({ resource: 'limits.memory', divisor: '1Ki' })],
    ['memory in kibibytes, as mebibytes', reference({ resource: 'limits.memory', divisor: '1024Ki' })],
    ['memory in thousands, as a number', reference({ resource: 'limits.memory', divisor: 1000 })],
    ['memory of no divisor', reference({ resource: 'limits.memory', divisor: '0' })],
    ['huge pages', reference({ resource: 'requests.hugepages-2Mi', divisor: '1Mi' })],
    ['cpu in fives', reference({ resource: 'limits.cpu', divisor: '5' }), invalid(`${place}.divisor`)],
    ['memory in thousandths', reference({ resource: 'limits.memory', divisor: '1m' }), invalid(`${place}.divisor`)],
    ['memory in 1024', reference({ resource: 'limits.memory', divisor: '1024' }), invalid(`${place}.divisor`)],
    ['memory in tens', reference({ resource: 'limits.memory', divisor: '10Mi' }), invalid(`${place}.divisor`)],
    ['none named', reference({}), required(`${place}.resource`)],
    ['nobody knows', reference({ resource: 'limits.gpu' }), unsupported(`${place}.resource`)],
    ['without limits or requests', reference({ resource: 'cpu' }), unsupported(`${place}.resource`)],
  ]);
});

describe('variables of whole objects', () => {
  const withSources = (...envFrom: readonly object[]) => withContainer({ envFrom });
  const place = `${app}.envFrom`;
  testCases([
    [
      'with a prefix',
      withSources({ prefix: 'a.b', configMapRef: { name: 'a' } }, { secretRef: { name: 'b', optional: true } }),
    ],
    [
      'with a prefix that has =',
      withSources({ prefix: 'a=b', configMapRef: { name: 'a' } }),
      invalid(`${place}[0].prefix`),
    ],
    ['of none', withSources({ prefix: 'a' }), invalid(place)],
    ['of two', withSources({ configMapRef: { name: 'a' }, secretRef: { name: 'b' } }), invalid(place)],
    ['of a ConfigMap without a name', withSources({ configMapRef: {} }), required(`${place}[0].configMapRef.name`)],
    [
      'of a ConfigMap of a bad name',
      withSources({ configMapRef: { name: '$' } }),
      invalid(`${place}[0].configMapRef.name`),
    ],
    ['of a Secret without a name', withSources({ secretRef: { name: '' } }), required(`${place}[0].secretRef.name`)],
    ['of a Secret of a bad name', withSources({ secretRef: { name: 'A' } }), invalid(`${place}[0].secretRef.name`)],
  ]);
});
