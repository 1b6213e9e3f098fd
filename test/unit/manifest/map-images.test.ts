import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import type { ImageMap } from '../../../src/model/image-map.ts';
import { noMaterials } from '../../../src/model/materials.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';

const images: ImageMap = {
  nginx: { command: ['nginx', '-g'], args: ['daemon off;'] },
  'nginx:1': { rootfs: '/one', command: ['one'] },
  'localhost:5000/tool': { command: ['tool'] },
  bare: {},
};

const podWith = (spec: object): PodManifest =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod' }, spec }) as unknown as PodManifest;
const meaning = (container: object, map: ImageMap | undefined = images) => {
  const manifest = podWith({ containers: [{ name: 'main', ...container }] });
  const [first] = normalisePod(manifest, { ...noMaterials, ...(map && { images: map }) }).containers;
  return { root: first?.root, argv: first?.programs[0]?.argv };
};
const host = { kind: 'host' };

describe('stand-ins for images', () => {
  test.each([
    ['entrypoint and arguments of the image', { image: 'nginx' }, host, ['nginx', '-g', 'daemon off;']],
    ['args instead of the image’s', { image: 'nginx', args: ['-v'] }, host, ['nginx', '-g', '-v']],
    ['a command instead of both', { image: 'nginx', command: ['sh'] }, host, ['sh']],
    ['command and args', { image: 'nginx', command: ['sh'], args: ['-c'] }, host, ['sh', '-c']],
    ['empty lists are none', { image: 'nginx', command: [], args: [] }, host, ['nginx', '-g', 'daemon off;']],
    ['any tag and digest', { image: 'nginx:2.1@sha256:00' }, host, ['nginx', '-g', 'daemon off;']],
    ['a tag of its own', { image: 'nginx:1' }, { kind: 'rootfs', path: '/one' }, ['one']],
    ['a port of a registry is no tag', { image: 'localhost:5000/tool' }, host, ['tool']],
    ['no entrypoint but a command', { image: 'bare', command: ['sh'] }, host, ['sh']],
  ])('have %s', (_, container, root, argv) => {
    expect(meaning(container)).toEqual({ root, argv });
  });

  test.each(['bare', 'toString', 'unknown/nginx'])('leave %s waiting for its image', (image) => {
    expect(meaning({ image }).root).toEqual({ kind: 'image', reference: image });
  });

  test('are for init containers too, and for none without a map', () => {
    const pod = podWith({
      initContainers: [{ name: 'first', image: 'nginx' }],
      containers: [{ name: 'main', image: 'nginx' }],
    });
    const roots = normalisePod(pod, { ...noMaterials, images }).containers.map(({ root }) => root);
    expect(roots).toEqual([host, host]);
    const image = { kind: 'image', reference: 'nginx' };
    expect(normalisePod(pod).containers.map(({ root }) => root)).toEqual([image, image]);
  });
});
