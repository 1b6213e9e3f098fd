/** Kubernetes containers, init containers and ephemeral containers. */
import { z } from 'zod';
import { dnsLabelPattern } from './name-rules.ts';
import {
  anything,
  expecting,
  fields,
  fieldsWith,
  flag,
  int32,
  int64,
  intOrString,
  list,
  oneOf,
  optional,
  quantity,
  text,
} from './schema-kinds.ts';
import { resources } from './schema-resources.ts';
import { containerSecurityContext } from './schema-security.ts';

const portLimits = { minimum: 1, maximum: 65535 };
const objectKey = fields({ name: text, key: text, optional: flag });
const fileKey = fields({
  volumeName: text.meta({ description: 'An emptyDir of the pod; the container need not mount it' }),
  path: text.meta({ description: 'Of the file in the volume, relative' }),
  key: text.meta({ description: "Its line is KEY='value'" }),
  optional: flag.meta({ description: 'true: file and key need not be there' }),
}).meta({ description: 'A key of a file that another container of the pod wrote, as it is when this one starts' });

/** An entry of env. */
export const envVar = fieldsWith(
  { name: text.meta({ description: 'Name of the variable' }) },
  {
    value: text.meta({ description: 'Value; $(OTHER) expands to a variable defined before, $$ is a plain $' }),
    valueFrom: fields({
      fieldRef: fields({ apiVersion: text, fieldPath: text }),
      resourceFieldRef: fields({ containerName: text, resource: text, divisor: quantity }),
      configMapKeyRef: objectKey,
      secretKeyRef: objectKey,
      fileKeyRef: fileKey,
    }),
  },
).meta({ id: 'EnvVar' });

const objectSource = fields({ name: text, optional: flag });

/** Whole ConfigMaps and Secrets as variables. */
export const envFrom = list(
  fields({
    prefix: text.meta({ description: 'Before the name of each variable' }),
    configMapRef: objectSource,
    secretRef: objectSource,
  }).meta({ id: 'EnvFromSource' }),
).meta({ description: 'Every key of these ConfigMaps and Secrets as a variable; later ones win, env over all' });

/** Files of NAME=value lines, read on this machine: podctl.dev/v1 only. */
export const envFile = list(
  expecting(
    z.union([
      text,
      fieldsWith(
        { path: text.meta({ description: 'Absolute, or relative to the manifest’s own directory' }) },
        { optional: flag.meta({ description: 'true: it need not exist' }) },
      ),
    ]),
    'a path or a map {path, optional}',
  ),
).meta({
  description: 'Files of NAME=value lines, as docker compose’s env_file; later ones win, envFrom and env over all',
});

const exec = fields({ command: list(text) });
const httpGet = fieldsWith(
  { port: intOrString },
  { path: text, host: text, scheme: text, protocol: text, httpHeaders: list(fields({ name: text, value: text })) },
);
const tcpSocket = fieldsWith({ port: intOrString }, { host: text });

const probe = fields({
  exec,
  httpGet,
  tcpSocket,
  grpc: fieldsWith({ port: int32 }, { service: text, mode: text }),
  initialDelaySeconds: int32,
  timeoutSeconds: int32,
  periodSeconds: int32,
  successThreshold: int32,
  failureThreshold: int32,
  terminationGracePeriodSeconds: int64,
}).meta({ id: 'Probe' });

const lifecycleHandler = fields({ exec, httpGet, tcpSocket, sleep: fields({ seconds: int64 }) }).meta({
  id: 'LifecycleHandler',
});

const containerPort = fieldsWith(
  { containerPort: int32.meta({ description: 'Port the program listens on', ...portLimits }) },
  {
    name: text.meta({ description: 'Service name, at most 15 characters, e.g. http' }),
    hostPort: int32.meta(portLimits),
    hostIP: text,
    protocol: oneOf('SCTP', 'TCP', 'UDP'),
  },
);

const mountPlace = {
  name: text.meta({ description: 'Name of an entry of spec.volumes' }),
  mountPath: text.meta({ description: 'Where the container sees it' }),
};
const mountOptions = {
  readOnly: flag.meta({ description: 'The container cannot write to it, nor to what is mounted below it' }),
  recursiveReadOnly: oneOf('Disabled', 'IfPossible', 'Enabled'),
  subPath: text.meta({ description: 'Mount only this path inside of the volume' }),
  subPathExpr: text,
  mountPropagation: oneOf('None', 'HostToContainer', 'Bidirectional'),
  bindMountOptions: anything,
};
const volumeMount = fieldsWith(mountPlace, mountOptions).meta({ id: 'VolumeMount' });

const changeDescription =
  'Of a hostPath, configMap or secret: when an apply finds that the content changed, the container is';
/** An entry of volumeMounts of podctl.dev/v1. */
export const podctlVolumeMount = fieldsWith(mountPlace, {
  ...mountOptions,
  restartOn: oneOf('change').meta({ description: `${changeDescription} restarted` }),
  reloadOn: oneOf('change').meta({
    description: `${changeDescription} told: programs with reload are reloaded, the others restarted`,
  }),
}).meta({ id: 'PodctlVolumeMount' });

/** The name every container needs. */
export const containerName = text.meta({
  description: 'Name of the container, an RFC 1123 label, unique in the pod',
  pattern: dnsLabelPattern,
  maxLength: 63,
});

export const containerImage = text.meta({
  description: 'Image reference; host gives a private view of this machine’s programs (/usr) on an empty root',
});

/** Every field of a container but name and image. */
const containerRest = {
  command: list(text).meta({ description: 'Program and its first arguments; $(VAR) expands' }),
  args: list(text).meta({ description: 'Arguments after command; $(VAR) expands' }),
  workingDir: text.meta({ description: 'Absolute path the program starts in; default /' }),
  env: list(envVar).meta({ description: 'Environment variables' }),
  envFrom,
  ports: list(containerPort).meta({ description: 'Ports the programs listen on' }),
  resources,
  resizePolicy: list(fields({ resourceName: text, restartPolicy: text })),
  restartPolicy: oneOf('Always', 'OnFailure', 'Never').meta({ description: 'Overrides the pod’s restartPolicy' }),
  restartPolicyRules: list(fields({ action: text, exitCodes: fields({ operator: text, values: list(int32) }) })),
  securityContext: containerSecurityContext,
  volumeMounts: list(volumeMount),
  volumeDevices: list(fields({ name: text, devicePath: text })),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: fields({ postStart: lifecycleHandler, preStop: lifecycleHandler, stopSignal: text }),
  terminationMessagePath: text,
  terminationMessagePolicy: oneOf('File', 'FallbackToLogsOnError'),
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  stdin: flag,
  stdinOnce: flag,
  tty: flag,
};

/** For objects that add fields to a container. */
export const containerRestShape = optional(containerRest);

/** spec.containers[] and spec.initContainers[] as Kubernetes knows them. */
export const container = fieldsWith({ name: containerName, image: containerImage }, containerRest).meta({
  id: 'Container',
});

/** spec.ephemeralContainers[]. */
export const ephemeralContainer = fieldsWith(
  { name: containerName },
  { image: containerImage, ...containerRest, targetContainerName: text },
);
