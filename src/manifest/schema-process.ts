/** containers[].processes[] of podctl.dev/v1: the programs under the container's PID 1. What must hold beyond types stands in rules-process*.ts. */
import { z } from 'zod';
import { rlimitNames } from '../model/pod-spec.ts';
import { dnsLabelPattern } from './name-rules.ts';
import { envFile, envFrom, envVar } from './schema-container.ts';
import { dev } from './schema-dev.ts';
import {
  duration,
  expecting,
  fields,
  fieldsWith,
  flag,
  int32,
  int64,
  intOrString,
  list,
  quantity,
  seconds,
  signal,
  text,
  textMap,
} from './schema-kinds.ts';
import { programResources } from './schema-resources.ts';

const words = <const T extends readonly [string, ...string[]]>(...names: T) => z.enum(names);
const command = (description: string) => list(text).meta({ description, minItems: 1 });
const idLimits = { minimum: 0, maximum: 2147483647 };

const env = expecting(
  z.union([list(envVar), textMap]).meta({
    description: 'Variables over the container’s own: a list of {name, value} or a map KEY: value; $(OTHER) expands',
  }),
  'a list of {name, value} or a map',
);

const user = expecting(
  z.union([z.int().meta(idLimits), text]).meta({
    description:
      'User id or name, with a group if wanted: 1000, "1000:1000", www-data, "www-data:adm"; default: the container’s runAsUser',
  }),
  'a user id or name',
);

const group = expecting(
  z.union([z.int().meta(idLimits), text]).meta({
    description: 'Group id or name; default: of a user by name that user’s own, else the container’s runAsGroup',
  }),
  'a group id or name',
);

const rlimitValue = expecting(z.union([z.number(), text]), 'a number or "unlimited"');
const rlimit = expecting(
  z.union([z.number(), text, fieldsWith({ soft: rlimitValue, hard: rlimitValue }, {})]),
  'a number, "unlimited" or a map {soft, hard}',
);

const condition = words('started', 'ready', 'completed', 'succeeded').meta({
  description:
    'started: it has been started; ready: it is ready now; completed: it has ended for good; succeeded: as expected',
});

const dependency = expecting(
  z.union([
    condition,
    fieldsWith(
      { condition },
      { cascade: flag.meta({ description: 'Restart this program too when that one is restarted on request' }) },
    ),
  ]),
  'a condition or a map {condition, cascade}',
);

const httpGet = fieldsWith(
  { port: intOrString.meta({ description: 'Number, or name of one of the container’s ports' }) },
  {
    path: text.meta({ description: 'Default /' }),
    host: text.meta({ description: 'IP address or localhost; default localhost' }),
    scheme: words('HTTP', 'HTTPS').meta({ description: 'Default HTTP; certificates are not checked' }),
    httpHeaders: list(fieldsWith({ name: text, value: text }, {})),
  },
).meta({ description: 'Passes on a status from 200 to 399' });

const tcpSocket = fieldsWith(
  { port: intOrString.meta({ description: 'Number, or name of one of the container’s ports' }) },
  { host: text.meta({ description: 'IP address or localhost; default localhost' }) },
).meta({ description: 'Passes when the connection is made' });

const exec = fieldsWith(
  { command: command('Not expanded; run in the program’s environment and as its user') },
  {},
).meta({
  description: 'Passes when the command ends with 0',
});

const probeNumbers = {
  initialDelaySeconds: seconds('From the start to the first probe; default 0'),
  periodSeconds: seconds('From probe to probe; default 10'),
  startPeriodSeconds: seconds('The same until the first success; default 0.25, for exec 1; readiness only'),
  timeoutSeconds: seconds('Until a probe counts as failed; default 1'),
  successThreshold: int32.meta({ description: 'Successes in a row to be ready; default 1', minimum: 1 }),
  failureThreshold: int32.meta({ description: 'Failures in a row that count; default 3', minimum: 1 }),
};

const readiness = fields({
  exec,
  httpGet,
  tcpSocket,
  logLine: text.meta({
    description: 'Ready once a line of its output matches this JavaScript regular expression',
    maxLength: 1000,
  }),
  notify: flag.meta({ description: 'Ready once it sends READY=1 to NOTIFY_SOCKET, sd_notify(3)' }),
  notifyFd: int32.meta({ description: 'Ready once it writes a newline to this fd, as for s6', minimum: 3, maximum: 9 }),
  ...probeNumbers,
}).meta({
  description:
    'When it is ready: exactly one of exec, httpGet, tcpSocket, logLine, notify, notifyFd; default: as soon as it is RUNNING',
});

const liveness = fields({ exec, httpGet, tcpSocket, ...probeNumbers }).meta({
  description: 'It is restarted when this fails: exactly one of exec, httpGet, tcpSocket',
});

const policy = words('always', 'onFailure', 'unexpected', 'never').meta({
  description:
    'unexpected: after exit codes that are not in exitCodes, and after signals; onFailure: after any code but 0. Default unexpected, with a schedule never',
});

const backoff = fields({
  initial: duration.meta({ description: 'Delay of the second restart (the first comes at once); default 1s' }),
  max: duration.meta({ description: 'Longest delay; default 60s' }),
  factor: z.number().meta({ description: 'Growth of the delay per restart; default 2', minimum: 1, maximum: 100 }),
  jitter: z
    .number()
    .meta({ description: 'Share of the delay that is random, on top of it; default 0', minimum: 0, maximum: 1 }),
  resetAfter: duration.meta({ description: 'A run this long makes the next restart the first again; default 10s' }),
});

const restart = expecting(
  z
    .union([
      policy,
      fields({
        policy,
        exitCodes: list(int32.meta({ minimum: 0, maximum: 255 })).meta({ description: 'Expected ones; default [0]' }),
        startSeconds: seconds('How long it must run to count as started; default 1'),
        startRetries: int32.meta({ description: 'Starts in a row that may fail before FATAL; default 3', minimum: 0 }),
        backoff,
      }),
    ])
    .meta({ description: 'What happens when it ends' }),
  'a policy or a map',
);

const stop = fields({
  signal: signal.meta({ description: 'Default TERM' }),
  graceSeconds: seconds('Until SIGKILL; default 10'),
  command: command('Run first, with the program’s identity; the signal follows when it has ended'),
  wholeTree: flag.meta({
    description: 'Signal every process of the program, not its main process alone; default true',
  }),
}).meta({ description: 'How it is stopped' });

const reload = fields({ signal, command: command('Run with the program’s identity') }).meta({
  description: 'What podctl reload does: exactly one of signal and command',
});

const schedule = expecting(
  z
    .union([
      text,
      fields({
        cron: text.meta({ description: 'Five fields, six with seconds, or @daily and the like' }),
        timeZone: text.meta({ description: 'IANA name, e.g. Europe/Berlin; default UTC' }),
        every: duration.meta({ description: 'From one start to the next, instead of cron' }),
        concurrencyPolicy: text.meta({
          description:
            'Due while it still runs. Forbid: skip this time; Replace: stop it and start anew. Default Forbid',
          enum: ['Forbid', 'Replace'],
        }),
      }),
    ])
    .meta({ description: 'When it is started: a cron expression, or a map with exactly one of cron and every' }),
  'a cron expression or a map',
);

const logs = fields({
  prefix: text.meta({
    description: 'Before each line when several programs are shown; default its name',
    maxLength: 100,
  }),
  format: words('text', 'json').meta({ description: 'How its lines are shown; default text' }),
  maxSize: quantity.meta({ description: 'Size at which its log file is rotated; default 50Mi' }),
  maxFiles: int32.meta({ description: 'Files kept; default 10', minimum: 1, maximum: 1000 }),
});

/** One program. */
export const processEntry = fieldsWith(
  {
    name: text.meta({
      description: 'Name of the program, an RFC 1123 label, unique in the container',
      pattern: dnsLabelPattern,
      maxLength: 63,
    }),
    command: command('Program and its first arguments; $(VAR) expands, $(INSTANCE) too'),
  },
  {
    args: list(text).meta({ description: 'Arguments after command; $(VAR) expands' }),
    env,
    envFrom,
    envFile,
    workingDir: text.meta({ description: 'Absolute path it starts in; default: the container’s' }),
    user,
    group,
    supplementaryGroups: list(int64.meta(idLimits)).meta({
      description: 'More group ids; default: the pod’s, or those of a user by name',
    }),
    umask: text.meta({ description: 'Octal digits in quotes; default "0022"', pattern: '^0?[0-7]{1,3}$' }),
    nice: int32.meta({ description: 'Default 0', minimum: -20, maximum: 19 }),
    rlimits: z.record(z.string(), rlimit).meta({
      description: `getrlimit(2): ${rlimitNames.join(', ')}; a number, a quantity for sizes, "unlimited", or {soft, hard}`,
    }),
    oomScoreAdj: int32.meta({ description: 'Default: from the container’s resources', minimum: -1000, maximum: 1000 }),
    capabilities: list(text).meta({
      description: 'Exactly these of the container’s, for other users than root too; default: the container’s',
    }),
    autostart: flag.meta({ description: 'false: it waits for podctl start; default true' }),
    stdin: flag.meta({ description: 'Keep its standard input open for podctl attach' }),
    tty: flag.meta({ description: 'Give it a terminal; nobody types on it without stdin' }),
    essential: flag.meta({ description: 'When it ends for good, the container ends with its exit code' }),
    dependsOn: z
      .record(z.string(), dependency)
      .meta({ description: 'What must hold of other programs before each start' }),
    readiness,
    liveness,
    restart,
    stop,
    reload,
    instances: int32.meta({
      description: 'Copies of it, each with its number in $INSTANCE',
      minimum: 0,
      maximum: 1000,
    }),
    schedule,
    resources: programResources.meta({ description: 'Its own cgroup, inside the container’s' }),
    logs,
    dev,
  },
);
