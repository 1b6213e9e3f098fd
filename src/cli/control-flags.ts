/** Flags that the verbs for programs share, with one wording. */
import { commonFlags, type FlagTable } from './command.ts';

export const defaultControlTimeoutMs = 60_000;

/** Of every verb that is waited for. */
export const waitingFlags = {
  namespace: commonFlags.namespace,
  'no-wait': { kind: 'switch', help: 'only ask for it; do not wait until it has happened' },
  timeout: { kind: 'duration', help: 'longest time to wait (default 60s, negative: a week); it goes on without you' },
} as const satisfies FlagTable;

/** Of verbs that start something. */
export const startingFlags = {
  ...waitingFlags,
  wait: {
    kind: 'text',
    value: 'STATE',
    choices: ['running', 'ready'],
    help: 'wait until it is RUNNING (default), or until it is ready too',
  },
} as const satisfies FlagTable;

/** What stands in the help of each verb. */
export const targetsAbout = `A target is a pod, a container of it, a program, or one instance of a program: web, web/app, web/app/worker, web/app/worker:1.
Where the pod has one container its name may be left out: web/worker.`;
