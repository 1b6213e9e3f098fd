import { expect, test } from 'vitest';
import { inspectObject } from '../../../src/manifest/validate-object.ts';

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u-1' };
const errorsOf = (...ownerReferences: readonly object[]) =>
  inspectObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', ownerReferences },
    spec: { containers: [{ name: 'a', image: 'host', command: ['a'] }] },
  }).errors.map(({ field, message }) => `${field}: ${message}`);

test('an owner reference names its owner whole', () => {
  const at = 'metadata.ownerReferences[0]';
  expect(errorsOf(owner)).toEqual([]);
  expect(errorsOf({ kind: 'Pod' })).toEqual([
    `${at}.apiVersion: Invalid value: "": version must not be empty`,
    `${at}.name: Invalid value: "": must not be empty`,
    `${at}.uid: Invalid value: "": must not be empty`,
  ]);
});

test('one owner at most is the controller', () => {
  const controller = { ...owner, controller: true };
  expect(errorsOf(controller, { ...owner, name: 'other' })).toEqual([]);
  expect(errorsOf(controller, { ...controller, name: 'other' })).toEqual([
    'metadata.ownerReferences: Invalid value: Only one reference can have Controller set to true. Found "true" in references for ReplicaSet/web and ReplicaSet/other',
  ]);
});
