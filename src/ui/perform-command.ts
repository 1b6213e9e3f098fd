/** What the view's commands ask of podd, and its answers as events. */
import { hostname } from 'node:os';
import { ApiError } from '../cli/api-error.ts';
import { askWhy, whyTexts } from '../cli/ask-why.ts';
import type { Client } from '../cli/client.ts';
import { describePod } from '../cli/describe-pod.ts';
import { findPodLink } from '../cli/find-pod-link.ts';
import { podActionPath, podPath } from '../cli/pod-paths.ts';
import { formatEventAge } from '../cli/pod-row.ts';
import { readEventsOf } from '../cli/read-events-of.ts';
import { formatRefusal } from '../cli/report-error.ts';
import { createTable } from '../cli/tab-columns.ts';
import { formatProgramRef } from '../model/program-name.ts';
import type { ControlRequest, ControlResponse } from '../protocol/api.ts';
import type { EventObject, PodObject } from '../protocol/objects.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { formatRow, type Notice, type RowTarget, type UiCommand, type UiEvent } from './model.ts';

type Asked = Extract<UiCommand, { readonly kind: 'control' | 'delete' | 'ask' }>;

/** Never rejects: what podd refuses is a notice. */
export async function performCommand(client: Client, command: Asked): Promise<UiEvent> {
  try {
    return await ask(client, command);
  } catch (error) {
    return { kind: 'noticed', notice: failure(error) };
  }
}

async function ask(client: Client, command: Asked): Promise<UiEvent> {
  switch (command.kind) {
    case 'control':
      return { kind: 'noticed', notice: await control(client, command) };
    case 'delete': {
      await client.json('DELETE', podPath(command.target.namespace, command.target.pod));
      return { kind: 'noticed', notice: { text: `pod/${command.target.pod} is being deleted`, tone: 'plain' } };
    }
    case 'ask': {
      const text = await panelText(client, command);
      return { kind: 'panel', panel: command.panel, title: `${command.panel} ${titleOf(command)}`, text };
    }
  }
}

/** What went wrong, in one line with its hint. */
export function failure(error: unknown): Notice {
  const text = error instanceof ApiError ? formatRefusal(error.status) : `error: ${formatError(error)}`;
  const hint = error instanceof ApiError ? error.status.details?.hint : hintOf(error);
  return { text: hint === undefined ? text : `${text} (${hint})`, tone: 'bad' };
}

const doing = {
  ...{ start: 'starting', stop: 'stopping', restart: 'restarting', reload: 'reloading', signal: 'signalling' },
  ...{ pause: 'pausing', resume: 'resuming' },
};

async function control(
  client: Client,
  { verb, target }: Extract<Asked, { readonly kind: 'control' }>,
): Promise<Notice> {
  const { namespace, pod, container, program } = target;
  const request: ControlRequest = {
    verb,
    ...(container === undefined ? {} : { container }),
    ...(program === undefined ? {} : { targets: [program] }),
  };
  const path = podActionPath(namespace, pod, 'control');
  const { affected } = await client.json<ControlResponse>('POST', path, request);
  if (affected.length === 0) return { text: `${formatRow(target)}: nothing to ${verb}`, tone: 'plain' };
  return { text: `${doing[verb]} ${affected.map((name) => `pod/${pod}/${name}`).join(', ')}`, tone: 'plain' };
}

type Question = Extract<Asked, { readonly kind: 'ask' }>;

const titleOf = ({ panel, target }: Question): string =>
  panel === 'describe' ? `pod/${target.pod}` : formatRow(target);

async function panelText(client: Client, { panel, target }: Question): Promise<string> {
  const { namespace, pod: name, container, program } = target;
  if (panel === 'why') {
    const parts = [container, program === undefined ? undefined : formatProgramRef(program)];
    const written = { pod: name, parts: parts.filter((part) => part !== undefined) };
    return whyTexts(await askWhy(client, namespace, written), { nowMs: Date.now(), colour: false }).join('\n');
  }
  const pod = await client.json<PodObject>('GET', podPath(namespace, name));
  const events = await readEventsOf(client, pod);
  if (panel === 'describe')
    return describePod(pod, events, { nowMs: Date.now(), node: hostname(), link: findPodLink(pod.metadata.uid) });
  return eventTable(events.filter((event) => isAbout(event, target)));
}

/** Events of the whole pod are about each container too. */
function isAbout({ involvedObject: { fieldPath } }: EventObject, { container }: RowTarget): boolean {
  return container === undefined || fieldPath === undefined || fieldPath.endsWith(`ontainers{${container}}`);
}

function eventTable(events: readonly EventObject[]): string {
  if (events.length === 0) return 'nothing has happened to it yet\n';
  const sorted = [...events].sort((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp));
  const rows = sorted.map((event) => [
    ...[formatEventAge(event, Date.now()), event.type, event.reason, event.message.trim()],
  ]);
  return createTable(['LAST SEEN', 'TYPE', 'REASON', 'MESSAGE'])(rows);
}
