/** `podctl dev --ui`: a development session in the view. */
import { formatNotice } from '../dev/format-notice.ts';
import type { DevNotice, ObjectName } from '../dev/notice.ts';
import type { ViewedSession } from '../dev/run-dev.ts';
import type { Notice, UiNews } from './model.ts';
import { podKey } from './model-tree.ts';
import { runUi } from './run-ui.ts';
import type { UiOptions } from './ui-view.ts';

export interface SessionViewOptions extends Pick<UiOptions, 'client' | 'reader' | 'io'> {
  /** quitting leaves all running */
  readonly keep: boolean;
}

/** Resolves when the user quits, or the session ends. */
export async function showSession(session: ViewedSession, { keep, ...options }: SessionViewOptions): Promise<void> {
  const news = (tell: (news: UiNews) => void): void => {
    const scope = (): void => tell({ kind: 'scoped', pods: podKeys(session.objects()) });
    session.listen((notice) => {
      for (const told of noticesOf(notice)) tell({ kind: 'noticed', notice: told });
      scope();
    });
    scope();
    const end = keep ? 'leaves everything running' : 'takes everything down';
    tell({ kind: 'noticed', notice: { text: `watching for changes; q ${end}`, tone: 'quiet' } });
  };
  await runUi({ ...options, news, signal: session.signal });
}

function podKeys(objects: readonly ObjectName[]): readonly string[] {
  return objects.filter(({ kind }) => kind === 'Pod').map(({ namespace, name }) => podKey({ namespace, pod: name }));
}

/** What `podctl dev` would print, what is wrong as the last. */
export function noticesOf(notice: DevNotice): readonly Notice[] {
  const look = { colour: false, columns: undefined, mark: '', directory: process.cwd() };
  const { out, err } = formatNotice(notice, look);
  const wrongTone = notice.kind === 'applied' ? 'busy' : 'bad';
  return [
    ...(out.length === 0 ? [] : [{ text: out.join('\n').trimEnd(), tone: 'plain' } as const]),
    ...(err.length === 0 ? [] : [{ text: err.join('\n').trimEnd(), tone: wrongTone } as const]),
  ];
}
