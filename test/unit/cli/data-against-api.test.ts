import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aPod } from './pod-builder.ts';
import { podctlAgainstServer } from './podctl-against.ts';

const { podctl, server, scratch } = podctlAgainstServer();

const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: app, labels: {tier: web}}
data: {PORT: "8080", app.conf: "a = 1\\nb = 2"}
binaryData: {logo: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {PASSWORD: canary-7, USER: root}
`;

async function applied(): Promise<string> {
  const file = join(scratch(), 'config.yaml');
  writeFileSync(file, text);
  expect((await podctl('apply', '-f', file)).out).toBe('configmap/app created\nsecret/db created\n');
  return file;
}

describe('ConfigMaps and Secrets on the command line', () => {
  test('are listed in kubectl’s columns', async () => {
    await applied();
    expect((await podctl('get', 'cm')).out).toMatch(/^NAME +DATA +AGE\napp +3 +\d+\w+\n$/);
    expect((await podctl('get', 'secrets', '-A', '--show-labels')).out).toMatch(
      /^NAMESPACE +NAME +TYPE +DATA +AGE +LABELS\ndefault +db +Opaque +2 +\d+\w+ +<none>\n$/,
    );
    expect((await podctl('get', 'configmap/app', '-o', 'name')).out).toBe('configmap/app\n');
    expect((await podctl('get', 'cm', 'app', '-o', 'jsonpath={.data.PORT}')).out).toBe('8080');
    expect(await podctl('get', 'secret', 'none')).toMatchObject({
      code: 1,
      err: 'Error from server (NotFound): secrets "none" not found\n',
    });
    expect((await podctl('get', 'cm', '-l', 'tier=db')).err).toBe('No resources found in default namespace.\n');
  });

  test('are described, a Secret by its sizes alone', async () => {
    await applied();
    const { out } = await podctl('describe', 'cm', 'app');
    expect(out).toBe(`Name:         app
Namespace:    default
Labels:       tier=web
Annotations:  <none>

Data
====
PORT:
----
8080

app.conf:
----
a = 1
b = 2


BinaryData
==========
logo:  3 bytes
`);
    const secret = (await podctl('describe', 'secret', 'db')).out;
    expect(secret).toContain('Type:  Opaque\n\nData\n====\nPASSWORD:  8 bytes\nUSER:      4 bytes\n');
    expect(secret).not.toContain('canary');
  });

  test('a claim is described with the pods that use it', async () => {
    const metadata = { name: 'data' };
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec };
    await server().reconciler.apply({ manifests: [claim] as never, dryRun: false });
    const volumes = (claimName: string) => [{ name: 'v', persistentVolumeClaim: { claimName } }];
    for (const [name, claimName] of Object.entries({ user: 'data', other: 'elsewhere' })) {
      const pod = aPod({ name });
      server().reconciler.put({ ...pod, spec: { ...pod.spec, volumes: volumes(claimName) } });
    }
    expect((await podctl('describe', 'pvc', 'data')).out).toMatch(/^Used By: +user\n$/m);
  });

  test('are deleted by name, by label, and with the file that they stand in', async () => {
    const file = await applied();
    expect((await podctl('delete', 'configmap', '-l', 'tier=web')).out).toBe('configmap "app" deleted\n');
    expect(await podctl('delete', 'secret/db')).toMatchObject({ code: 0, out: 'secret "db" deleted\n' });
    expect(await podctl('delete', '-f', file)).toMatchObject({ code: 1, out: '' });
    expect(await podctl('delete', '-f', file, '--ignore-not-found')).toMatchObject({ code: 0, err: '' });
    await applied();
    server().reconciler.put(aPod());
    writeFileSync(
      file,
      `${text}---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: host, command: [x]}]}\n`,
    );
    expect((await podctl('delete', '-f', file)).out.split('\n').sort()).toEqual([
      '',
      'configmap "app" deleted',
      'pod "web" deleted',
      'secret "db" deleted',
    ]);
    expect(await podctl('delete', 'configmaps', '--all')).toMatchObject({ code: 0, err: 'No resources found\n' });
    expect(await podctl('delete', 'events', 'x')).toMatchObject({ code: 2 });
  });

  test('a file that names an env file which is gone can still be deleted, and not be validated', async () => {
    server().reconciler.put(aPod());
    const file = join(scratch(), 'web.yaml');
    writeFileSync(
      file,
      'apiVersion: podctl.dev/v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - {name: a, image: host, command: [x], envFile: [gone.env]}\n',
    );
    const { code, err } = await podctl('validate', '-f', file);
    expect(code).toBe(2);
    expect(err).toContain(`web.yaml:6:54: spec.containers[0].envFile[0]: ${scratch()}/gone.env: no such file`);
    expect(await podctl('delete', '-f', file)).toMatchObject({ code: 0, out: 'pod "web" deleted\n' });
  });

  test('explain fills in what stands in the files, hides what is secret and says what is missing', async () => {
    const file = await applied();
    const pod = join(scratch(), 'web.yaml');
    writeFileSync(join(scratch(), 'a.env'), 'FROM_FILE=yes\n');
    writeFileSync(
      pod,
      `apiVersion: podctl.dev/v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: a
      image: host
      command: [x]
      envFile: [a.env]
      envFrom: [{configMapRef: {name: app}}, {secretRef: {name: db}}, {configMapRef: {name: elsewhere}}]
`,
    );
    const { out, err } = await podctl('explain', '-f', file, '-f', pod);
    const [container] = JSON.parse(out).containers;
    expect(container.programs[0].env).toMatchObject({ FROM_FILE: 'yes', PORT: '8080', PASSWORD: '(secret)' });
    expect(container.missing).toEqual(['configmap "elsewhere" not found']);
    expect(err).toBe(
      'Warning: pod/web: configmap/elsewhere is not in these files: podd has its contents, here they are missing\n',
    );
  });
});
