/** What the view needs of podd in a state: which logs, and whether figures. */
import type { UiState } from './model.ts';
import { isBelowRow, podKey } from './model-tree.ts';

export interface LogStream {
  /** key of the row */
  readonly place: string;
  /** names the container's run; undefined while it does not run: its last run's log has nothing new */
  readonly run: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** label of the only program wanted */
  readonly program?: string;
  /** before each line */
  readonly prefix: string;
}

export interface WantedLogs {
  readonly source: string;
  readonly streams: readonly LogStream[];
}

/** Of the selected row: a pod's containers, a container, or one program of it. undefined: none. */
export function wantedLogs({ selected, groups, epoch, connection }: UiState): WantedLogs | undefined {
  if (selected === undefined || connection !== 'up') return undefined;
  const keyed = groups.map((group) => ({ group, key: `${podKey(group)}/${group.container}` }));
  const found = keyed.filter(({ key }) => isBelowRow(key, selected) || isBelowRow(selected, key));
  const streams = found.map(({ group, key }): LogStream => {
    const { namespace, pod, container, restarts, startedAt, state } = group;
    return {
      place: selected.length > key.length ? selected : key,
      run: state === 'running' ? `${restarts}@${startedAt ?? ''}` : undefined,
      ...{ namespace, pod, container },
      ...(selected.length > key.length ? { program: selected.slice(key.length + 1) } : {}),
      prefix: found.length > 1 ? `${container} | ` : '',
    };
  });
  return { source: `${epoch}:${selected}`, streams };
}

/** CPU and memory change without an event; they are read only while they can be seen. */
export function wantsFigures({ connection, isZoomed, mode }: UiState): boolean {
  return connection === 'up' && !isZoomed && mode.kind !== 'panel';
}
