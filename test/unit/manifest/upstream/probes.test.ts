import { describe } from 'vitest';
import { aContainer, aPod, withContainer } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, required, testCases, unsupported } from './api-case.ts';

type Fields = Readonly<Record<string, unknown>>;

const app = 'spec.containers[0]';
const exec = { command: ['x'] };

describe('a probe', () => {
  const at = `${app}.readinessProbe`;
  const withProbe = (readinessProbe: Fields) => withContainer({ readinessProbe });
  testCases([
    ['by exec', withProbe({ exec, initialDelaySeconds: 0, timeoutSeconds: 0, periodSeconds: 0 })],
    ['by a socket', withProbe({ tcpSocket: { port: 80 } })],
    ['by a named port', withProbe({ tcpSocket: { port: 'http' } })],
    ['by gRPC', withProbe({ grpc: { port: 80, service: 'x' } })],
    ['by nothing', withProbe({}), required(at)],
    ['by an empty exec', withProbe({ exec: {} }), required(`${at}.exec.command`)],
    ['by an empty command', withProbe({ exec: { command: [] } }), required(`${at}.exec.command`)],
    ['in two ways', withProbe({ tcpSocket: { port: 1 }, exec }), forbidden(`${at}.tcpSocket`)],
    [
      'in three ways',
      withProbe({ grpc: { port: 1 }, tcpSocket: { port: 1 }, exec }),
      forbidden(`${at}.tcpSocket`),
      forbidden(`${at}.grpc`),
    ],
    ['by HTTP without a port', withProbe({ httpGet: { path: '/' } }), invalid(`${at}.httpGet.port`)],
    ['by HTTP to port 0', withProbe({ httpGet: { port: 0 } }), invalid(`${at}.httpGet.port`)],
    ['by HTTP to an empty port', withProbe({ httpGet: { port: '' } }), invalid(`${at}.httpGet.port`)],
    [
      'by HTTP in a scheme nobody knows',
      withProbe({ httpGet: { port: 1, scheme: 'FTP' } }),
      unsupported(`${at}.httpGet.scheme`),
    ],
    [
      'by HTTP with a header that has a blank',
      withProbe({ httpGet: { port: 1, httpHeaders: [{ name: 'a b', value: '' }] } }),
      invalid(`${at}.httpGet.httpHeaders`),
    ],
    [
      'by HTTP with a header without a name',
      withProbe({ httpGet: { port: 1, httpHeaders: [{ value: 'x' }] } }),
      invalid(`${at}.httpGet.httpHeaders`),
    ],
    ['by a socket without a port', withProbe({ tcpSocket: {} }), invalid(`${at}.tcpSocket.port`)],
    ['by a socket at a port too high', withProbe({ tcpSocket: { port: 65536 } }), invalid(`${at}.tcpSocket.port`)],
    ['by gRPC without a port', withProbe({ grpc: {} }), invalid(`${at}.grpc.port`)],
    ['by gRPC to a negative port', withProbe({ grpc: { port: -1 } }), invalid(`${at}.grpc.port`)],
    [
      'with negative numbers',
      withProbe({
        exec,
        initialDelaySeconds: -1,
        timeoutSeconds: -1,
        periodSeconds: -1,
        successThreshold: -1,
        failureThreshold: -1,
      }),
      ...['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'].map(
        (field) => invalid(`${at}.${field}`),
      ),
    ],
    [
      'of readiness with a grace',
      withProbe({ exec, terminationGracePeriodSeconds: 5 }),
      invalid(`${at}.terminationGracePeriodSeconds`),
    ],
    [
      'of liveness without a grace',
      withContainer({ livenessProbe: { exec, terminationGracePeriodSeconds: 0 } }),
      invalid(`${app}.livenessProbe.terminationGracePeriodSeconds`),
    ],
    [
      'of liveness that has to succeed twice',
      withContainer({ livenessProbe: { exec, successThreshold: 2 } }),
      invalid(`${app}.livenessProbe.successThreshold`),
    ],
    [
      'of start that has to succeed twice',
      withContainer({ startupProbe: { exec, successThreshold: 2 } }),
      invalid(`${app}.startupProbe.successThreshold`),
    ],
    ['of readiness that has to succeed twice', withProbe({ exec, successThreshold: 2 })],
  ]);
});

describe('a hook', () => {
  const at = `${app}.lifecycle.preStop`;
  const withHook = (preStop: Fields, spec: Fields = {}) => withContainer({ lifecycle: { preStop } }, spec);
  testCases([
    ['that runs', withHook({ exec })],
    ['that sleeps', withHook({ sleep: { seconds: 30 } })],
    ['that sleeps not at all', withHook({ sleep: { seconds: 0 } })],
    ['that sleeps longer than the grace', withHook({ sleep: { seconds: 31 } }), invalid(`${at}.sleep`)],
    [
      'that sleeps longer than a short grace',
      withHook({ sleep: { seconds: 5 } }, { terminationGracePeriodSeconds: 4 }),
      invalid(`${at}.sleep`),
    ],
    ['that sleeps backwards', withHook({ sleep: { seconds: -1 } }), invalid(`${at}.sleep`)],
    ['that does nothing', withHook({}), required(at)],
    ['that does two things', withHook({ sleep: { seconds: 1 }, exec }), forbidden(`${at}.sleep`)],
    [
      'after the start that does nothing',
      withContainer({ lifecycle: { postStart: {} } }),
      required(`${app}.lifecycle.postStart`),
    ],
    ['that calls a port too high', withHook({ httpGet: { port: 65536 } }), invalid(`${at}.httpGet.port`)],
    ['in an empty lifecycle', withContainer({ lifecycle: {} })],
    [
      'a signal without an operating system',
      withContainer({ lifecycle: { stopSignal: 'SIGTERM' } }),
      forbidden(`${app}.lifecycle.stopSignal`),
    ],
    ['a signal', withContainer({ lifecycle: { stopSignal: 'SIGRTMIN+1' } }, { os: { name: 'linux' } })],
    [
      'a signal nobody knows',
      withContainer({ lifecycle: { stopSignal: 'SIGX' } }, { os: { name: 'linux' } }),
      unsupported(`${app}.lifecycle.stopSignal`),
    ],
  ]);
});

describe('rules of restart', () => {
  const at = `${app}.restartPolicyRules`;
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [1] } };
  const withRules = (restartPolicyRules: readonly Fields[], fields: object = { restartPolicy: 'Never' }) =>
    withContainer({ restartPolicyRules, ...fields });
  testCases([
    ['for an exit code', withRules([rule])],
    ['without a policy', withRules([rule], {}), required(`${app}.restartPolicy`)],
    ['without exit codes', withRules([{ action: 'Restart' }]), required(`${at}[0].exitCodes`)],
    ['of an action nobody knows', withRules([{ ...rule, action: 'Stop' }]), unsupported(`${at}[0].action`)],
    [
      'of an operator nobody knows',
      withRules([{ ...rule, exitCodes: { operator: 'Is', values: [1] } }]),
      unsupported(`${at}[0].exitCodes.operator`),
    ],
    [
      'without an operator',
      withRules([{ ...rule, exitCodes: { values: [1] } }]),
      unsupported(`${at}[0].exitCodes.operator`),
    ],
    ['twenty-one of them', withRules(Array.from({ length: 21 }, () => rule)), `${at}: Too many`],
    [
      'for too many exit codes',
      withRules([{ ...rule, exitCodes: { operator: 'In', values: Array.from({ length: 256 }, (_, code) => code) } }]),
      `${at}[0].exitCodes.values: Too many`,
    ],
    [
      'for an exit code twice',
      withRules([{ ...rule, exitCodes: { operator: 'In', values: [1, 1] } }]),
      duplicate(`${at}[0].exitCodes.values[1]`),
    ],
    [
      'of an init container',
      aPod({ initContainers: [aContainer({ name: 'i', restartPolicy: 'Never', restartPolicyRules: [rule] })] }),
    ],
  ]);
});
