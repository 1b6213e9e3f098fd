import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { lateValue } from '../../../src/model/late-value.ts';
import { aPod, errorsOf, withContainer } from './a-manifest.ts';

const exec = { command: ['true'] };
const probe = (fields: object) => withContainer({ livenessProbe: fields });
const hook = (fields: object) => withContainer({ lifecycle: { preStop: fields } });

describe('probes and hooks of a container are refused as by Kubernetes', () => {
  test.each<[string, unknown, string]>([
    [
      'without a handler',
      probe({}),
      'livenessProbe: Required value: must specify a handler type (one of exec, httpGet, tcpSocket, grpc)',
    ],
    [
      'with two',
      probe({ exec, tcpSocket: { port: 1 } }),
      'livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type (remove it or exec)',
    ],
    ['with an empty command', probe({ exec: { command: [] } }), 'livenessProbe.exec.command: Required value'],
    [
      'with a port that is none',
      probe({ httpGet: { port: 0 } }),
      'livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      'with a scheme that is none',
      probe({ httpGet: { port: 1, scheme: 'ftp' } }),
      'livenessProbe.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"',
    ],
    [
      'with a header name that is none',
      probe({ httpGet: { port: 1, httpHeaders: [{ name: 'a b', value: '' }] } }),
      "livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
    [
      'with a negative period',
      probe({ exec, periodSeconds: -1 }),
      'livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'with two successes of liveness',
      probe({ exec, successThreshold: 2 }),
      'livenessProbe.successThreshold: Invalid value: 2: must be 1',
    ],
    [
      'with no grace',
      probe({ exec, terminationGracePeriodSeconds: 0 }),
      'livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      'with a grace of readiness',
      withContainer({ readinessProbe: { exec, terminationGracePeriodSeconds: 1 } }),
      'readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes',
    ],
    [
      'with a hook without a handler',
      hook({}),
      'lifecycle.preStop: Required value: must specify a handler type (one of exec, httpGet, tcpSocket, sleep)',
    ],
    [
      'with a sleep beyond the grace',
      hook({ sleep: { seconds: 31 } }),
      'lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
    [
      'with a stop signal and no system',
      withContainer({ lifecycle: { stopSignal: 'SIGINT' } }),
      'lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`',
    ],
  ])('%s', (_, pod, error) => {
    const errors = errorsOf(pod).map((line) => line.replace(/ \((remove one|spec: ).*$/, ''));
    expect(errors).toEqual([`spec.containers[0].${error}`]);
  });

  test.each(['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'])(
    'as %s of an init container that ends',
    (name) => {
      const value = name === 'lifecycle' ? { preStop: { exec } } : { exec };
      const init = (fields: object) =>
        aPod({ initContainers: [{ name: 'i', image: 'host', command: ['true'], [name]: value, ...fields }] });
      expect(errorsOf(init({}))).toEqual([
        `spec.initContainers[0].${name}: Forbidden: may not be set for init containers without restartPolicy=Always`,
      ]);
      expect(errorsOf(init({ restartPolicy: 'Always' }))).toEqual([]);
    },
  );
});

describe('probes and hooks of a container mean', () => {
  const healthOf = (fields: object, pod: object = {}) =>
    normalisePod(aPod({ containers: [{ name: 'a', image: 'host', command: ['true'], ...fields }], ...pod }))
      .containers[0]?.health;

  test('Kubernetes’ defaults, the pod’s address, and ports by name', () => {
    const ports = [{ name: 'web', containerPort: 8080 }];
    expect(healthOf({ ports, readinessProbe: { httpGet: { port: 'web' }, timeoutSeconds: 0 } })).toEqual({
      graceMs: 30_000,
      restarts: true,
      readiness: {
        handler: {
          ...{ kind: 'httpGet', scheme: 'http', host: lateValue('status.podIP'), port: 8080, path: '/', headers: [] },
        },
        ...{ initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, successThreshold: 1, failureThreshold: 3 },
      },
    });
  });

  test('commands of probes with what stands in env, and hooks as they are written', () => {
    const command = ['echo', '$(A)', '$(B)', '$$(A)'];
    const health = healthOf(
      {
        env: [{ name: 'A', value: 'a' }],
        startupProbe: { exec: { command } },
        lifecycle: { postStart: { exec: { command } } },
      },
      { restartPolicy: 'Never' },
    );
    expect(health?.startup?.handler).toEqual({ kind: 'exec', argv: ['echo', 'a', '$(B)', '$(A)'] });
    expect(health?.postStart).toEqual({ kind: 'exec', argv: command });
    expect(health?.restarts).toBe(false);
  });
});
