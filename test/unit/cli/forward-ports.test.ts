import { describe, expect, test } from 'vitest';
import { podPorts, servicePorts } from '../../../src/cli/forward-ports.ts';
import { parseForwardWord } from '../../../src/cli/forward-words.ts';
import type { ServiceSpec } from '../../../src/model/service-spec.ts';
import { aPod } from '../../support/fake-reconciler.ts';

const ports = [
  { name: 'http', containerPort: 8080 },
  { name: 'dns', containerPort: 53, protocol: 'UDP' },
  { name: 'both', containerPort: 99, protocol: 'UDP' },
  { containerPort: 99 },
];
const pod = aPod({
  spec: {
    containers: [
      { name: 'app', ports: ports.slice(0, 2) },
      { name: 'b', ports: ports.slice(2) },
    ],
  },
});

const ofPod = (...words: readonly string[]) => podPorts(pod, words.map(parseForwardWord));

describe('ports of a pod', () => {
  test.each([
    ['80', { local: 80, remote: 80 }],
    ['1:80', { local: 1, remote: 80 }],
    ['http', { local: 8080, remote: 8080 }],
    [':http', { local: 0, remote: 8080 }],
    ['99', { local: 99, remote: 99 }],
  ])('%s', (word, expected) => {
    expect(ofPod(word)).toEqual([expected]);
  });

  test.each([
    ['htp', 'pod web has no port named "htp" (did you mean http?)'],
    ['dns', 'dns: UDP is not supported: only TCP can be forwarded'],
    ['1:53', '1:53: UDP is not supported: only TCP can be forwarded'],
    ['both', 'both: UDP is not supported'],
  ])('%s is refused', (word, message) => {
    expect(() => ofPod(word)).toThrow(message);
  });

  test('a pod without ports says so', () => {
    const bare = aPod({ spec: { containers: [{ name: 'app' }] } });
    expect(() => podPorts(bare, [parseForwardWord('http')])).toThrow(expect.objectContaining({ hint: 'it has none' }));
  });
});

describe('ports of a Service', () => {
  const service = (spec: ServiceSpec) => ({ metadata: { name: 'shop' }, spec });
  const plain = service({
    ports: [
      { name: 'web', port: 80, targetPort: 'http' },
      { name: 'admin', port: 81, targetPort: 9000 },
      { name: 'same', port: 82 },
      { name: 'names', port: 53, protocol: 'UDP' },
      { name: 'lost', port: 83, targetPort: 'nothing' },
    ],
  });
  const of = (from: ReturnType<typeof service>, word: string) => servicePorts(from, pod, [parseForwardWord(word)])[0];

  test.each([
    ['80', { local: 80, remote: 8080 }],
    ['8000:80', { local: 8000, remote: 8080 }],
    ['web', { local: 80, remote: 8080 }],
    [':admin', { local: 0, remote: 9000 }],
    ['82', { local: 82, remote: 82 }],
  ])('%s leads to the pod’s', (word, expected) => {
    expect(of(plain, word)).toEqual(expected);
  });

  test.each([
    ['84', 'service shop has no port 84'],
    ['wbe', 'service shop has no port named "wbe" (did you mean web?)'],
    ['53', '53: UDP is not supported'],
    ['83', 'pod web has no port named "nothing"'],
  ])('%s is refused', (word, message) => {
    expect(() => of(plain, word)).toThrow(message);
  });

  test('a headless one may be asked for any port', () => {
    expect(of(service({ clusterIP: 'None' }), '5432')).toEqual({ local: 5432, remote: 5432 });
  });
});
