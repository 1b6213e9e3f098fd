import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { aPod, errorsOf, ourPod, podText, warningsOf, withContainer } from './a-manifest.ts';

const mount = (fields: Readonly<Record<string, unknown>> = {}) => ({ name: 'data', mountPath: '/data', ...fields });
const withMounts = (...mounts: readonly unknown[]) =>
  withContainer({ volumeMounts: mounts }, { volumes: [{ name: 'data', emptyDir: {} }] });
const ours = (spec: Readonly<Record<string, unknown>>, container: Readonly<Record<string, unknown>> = {}) =>
  ourPod({ ...withContainer(container).spec, ...spec });

describe('volumes are refused', () => {
  test.each<[string, unknown, string[]]>([
    [
      'of two sources',
      aPod({ volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }] }),
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    ['of one name', aPod({ volumes: [{ name: 'a' }, { name: 'a' }] }), ['spec.volumes[1].name: Duplicate value: "a"']],
    ['without a name', aPod({ volumes: [{ name: '', emptyDir: {} }] }), ['spec.volumes[0].name: Required value']],
    [
      'with a hostPath of no path',
      aPod({ volumes: [{ name: 'a', hostPath: {} }] }),
      ['spec.volumes[0].hostPath.path: Required value'],
    ],
    [
      'with a hostPath that climbs',
      aPod({ volumes: [{ name: 'a', hostPath: { path: '/x/../y' } }] }),
      ['spec.volumes[0].hostPath.path: Invalid value: "/x/../y": must not contain \'..\''],
    ],
    [
      'with a relative hostPath that did not come from a file',
      ours({ volumes: [{ name: 'a', hostPath: { path: 'x' } }] }),
      ['spec.volumes[0].hostPath.path: Invalid value: "x": must be an absolute path'],
    ],
    [
      'with an unknown type',
      aPod({ volumes: [{ name: 'a', hostPath: { path: '/x', type: 'Direktory' } }] }),
      [
        'spec.volumes[0].hostPath.type: Unsupported value: "Direktory": supported values: "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice" (did you mean "Directory"?)',
      ],
    ],
    [
      'with a sizeLimit that is none',
      aPod({ volumes: [{ name: 'a', emptyDir: { sizeLimit: '-1' } }] }),
      ['spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity'],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });
});

describe('volumes of objects are refused', () => {
  const at = 'spec.volumes[0]';
  const withVolume = (volume: Readonly<Record<string, unknown>>) => aPod({ volumes: [{ name: 'a', ...volume }] });
  test.each<[string, unknown, string[]]>([
    ['without a name', withVolume({ configMap: {} }), [`${at}.configMap.name: Required value`]],
    ['without a secretName', withVolume({ secret: { secretName: '' } }), [`${at}.secret.secretName: Required value`]],
    [
      'with a mode that is none',
      withVolume({ secret: { secretName: 'x', defaultMode: 1000 } }),
      [
        `${at}.secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive (write it in octal: 0644)`,
      ],
    ],
    [
      'with items that say too little',
      withVolume({ configMap: { name: 'x', items: [{ key: 'a' }, { key: '', path: 'b' }] } }),
      [`${at}.configMap.items[0].path: Required value`, `${at}.configMap.items[1].key: Required value`],
    ],
    [
      'with items that lead out',
      withVolume({
        configMap: {
          name: 'x',
          items: [
            { key: 'a', path: '/a' },
            { key: 'a', path: 'a/../b' },
            { key: 'a', path: '..a' },
          ],
        },
      }),
      [
        `${at}.configMap.items[0].path: Invalid value: "/a": must be a relative path`,
        `${at}.configMap.items[1].path: Invalid value: "a/../b": must not contain '..'`,
        `${at}.configMap.items[2].path: Invalid value: "..a": must not start with '..'`,
      ],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });
});

describe('restartOn and reloadOn are refused', () => {
  const volumes = [
    { name: 'data', emptyDir: {} },
    { name: 'src', hostPath: { path: '/x' } },
  ];
  const at = 'spec.containers[0].volumeMounts[0]';
  test.each<[string, unknown, string[]]>([
    [
      'together',
      ours({ volumes }, { volumeMounts: [mount({ name: 'src', restartOn: 'change', reloadOn: 'change' })] }),
      [`${at}.reloadOn: Forbidden: may not be given together with restartOn`],
    ],
    [
      'of an emptyDir',
      ours({ volumes }, { volumeMounts: [mount({ restartOn: 'change' })] }),
      [
        `${at}.restartOn: Forbidden: what is in a volume of kind emptyDir is not compared (volumes that can be: hostPath, configMap, secret, projected, downwardAPI)`,
      ],
    ],
    [
      'with another word',
      ours({ volumes }, { volumeMounts: [mount({ name: 'src', restartOn: 'changed' })] }),
      [`${at}.restartOn: Unsupported value: "changed": supported values: "change" (did you mean "change"?)`],
    ],
    [
      'in v1',
      withContainer({ volumeMounts: [mount({ name: 'src', restartOn: 'change' })] }, { volumes }),
      [`${at}.restartOn: unknown field "restartOn" (use apiVersion: podctl.dev/v1)`],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });
});

describe('mounts are refused', () => {
  const at = 'spec.containers[0].volumeMounts';
  test.each<[string, unknown, string[]]>([
    ['of no volume', withMounts(mount({ name: 'date' })), [`${at}[0].name: Not found: "date"`]],
    ['without a path', withMounts(mount({ mountPath: '' })), [`${at}[0].mountPath: Required value`]],
    [
      'twice in one place',
      withMounts(mount(), mount()),
      [`${at}[1].mountPath: Invalid value: "/data": must be unique`],
    ],
    [
      'with an absolute subPath',
      withMounts(mount({ subPath: '/x' })),
      [`${at}[0].subPath: Invalid value: "/x": must be a relative path`],
    ],
    [
      'with a subPath that climbs',
      withMounts(mount({ subPath: 'x/../../y' })),
      [`${at}[0].subPath: Invalid value: "x/../../y": must not contain '..'`],
    ],
    [
      'with two subPaths',
      withMounts(mount({ subPath: 'x', subPathExpr: '$(A)' })),
      [`${at}[0].subPathExpr: Invalid value: "$(A)": subPathExpr and subPath are mutually exclusive`],
    ],
    [
      'that propagate without privileges',
      withMounts(mount({ mountPropagation: 'Bidirectional' })),
      [
        `${at}[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
      ],
    ],
    [
      'recursively read-only and writable',
      withMounts(mount({ recursiveReadOnly: 'Enabled' })),
      [`${at}[0].recursiveReadOnly: Forbidden: may only be specified when readOnly is true`],
    ],
    [
      'over /proc',
      ours({ volumes: [{ name: 'data' }] }, { volumeMounts: [mount({ mountPath: '/proc/sys' })] }),
      [`${at}[0].mountPath: Invalid value: "/proc/sys": /proc cannot be covered`],
    ],
    [
      'over the root',
      ours({ volumes: [{ name: 'data' }] }, { volumeMounts: [mount({ mountPath: '/' })] }),
      [`${at}[0].mountPath: Invalid value: "/": the root itself cannot be covered`],
    ],
    [
      'in the mount namespace of another',
      ours(
        { volumes: [{ name: 'data' }] },
        {
          namespaces: { mnt: 'host' },
          volumeMounts: [mount()],
        },
      ),
      [
        `${at}: Forbidden: may not be given together with namespaces.mnt host (the mounts are those of the mount namespace it joins: mount the volume in the container that makes it)`,
      ],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });
});

describe('volumes are accepted with a warning', () => {
  test.each<[string, unknown, string[]]>([
    [
      'for a relative hostPath in v1',
      aPod({ volumes: [{ name: 'a', hostPath: { path: 'C:\\x' } }] }),
      ['spec.volumes[0].hostPath.path: is not an absolute path, the container will wait'],
    ],
    [
      'for huge pages',
      aPod({ volumes: [{ name: 'a', emptyDir: { medium: 'HugePages-2Mi', sizeLimit: '1Gi' } }] }),
      ['spec.volumes[0].emptyDir.medium: not honoured by this version, it is not mounted'],
    ],
    [
      'for a claim that nobody can make',
      aPod({ volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'A_b' } }] }),
      [
        "spec.volumes[0].persistentVolumeClaim.claimName: no claim can have this name, the pod will wait: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')",
      ],
    ],
    [
      'for what a cluster puts into every pod',
      aPod({
        volumes: [
          {
            name: 'kube-api-access',
            projected: {
              defaultMode: 420,
              sources: [
                { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
                { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
                { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
              ],
            },
          },
        ],
      }),
      [
        'spec.volumes[0].projected.sources[0].serviceAccountToken: means nothing on one machine, ignored',
        'spec.volumes[0].projected.sources[1].configMap: is a cluster’s own, left out where there is none',
      ],
    ],
    [
      'for the owners of files',
      aPod({
        volumes: [
          { name: 'a', secret: { secretName: 'x', defaultUser: 5, items: [{ key: 'k', path: 'p', user: 6 }] } },
        ],
      }),
      [
        'spec.volumes[0].secret.defaultUser: not honoured by this version, ignored',
        'spec.volumes[0].secret.items[0].user: not honoured by this version, ignored',
      ],
    ],
    [
      'not for memory, claims, expressions and propagation',
      withMounts(mount({ subPathExpr: '$(A)', mountPropagation: 'HostToContainer' })),
      [],
    ],
    [
      'not for what is so anyway',
      withMounts(mount({ mountPropagation: 'None', readOnly: true, recursiveReadOnly: 'Enabled' })),
      [],
    ],
  ])('%s', (_, pod, warnings) => {
    expect(errorsOf(pod)).toEqual([]);
    expect(warningsOf(pod)).toEqual(warnings);
  });
});

describe('a relative hostPath', () => {
  const spec = 'volumes: [{name: src, hostPath: {path: ./src}}]';
  const container = 'volumeMounts: [{name: src, mountPath: /app}]';

  test('starts from the manifest’s own directory in podctl.dev/v1', () => {
    const { pods, diagnostics } = parseManifest(podText({ ours: true, spec, container }), '/home/me/pod.yaml');
    expect(diagnostics).toEqual([]);
    expect(pods[0]?.spec.containers[0]?.mounts[0]?.source).toMatchObject({ path: '/home/me/src' });
  });

  test('may climb from there', () => {
    const text = podText({ ours: true, spec: spec.replace('./src', '../src'), container });
    const { pods } = parseManifest(text, '/home/me/pod.yaml');
    expect(pods[0]?.spec.containers[0]?.mounts[0]?.source).toMatchObject({ path: '/home/src' });
  });

  test('stays what it is in v1', () => {
    const { pods } = parseManifest(podText({ spec, container }), '/home/me/pod.yaml');
    expect(pods[0]?.spec.containers[0]?.mounts[0]?.source).toMatchObject({ path: './src' });
  });
});
