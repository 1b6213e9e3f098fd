import { describe, expect, test } from 'vitest';
import type { DevNotice } from '../../../src/dev/notice.ts';
import type { UiNews } from '../../../src/ui/model.ts';
import { noticesOf } from '../../../src/ui/show-session.ts';

const result = { kind: 'Pod', namespace: 'default', name: 'web', outcome: 'created', cost: 'nothing' } as const;
const applied: DevNotice = {
  ...{ kind: 'applied', changed: [], elapsedMs: 5 },
  results: [{ ...result, changes: [], programs: [], warnings: ['spec.dnsPolicy is not honoured yet'] }],
};

describe('notices of a development session', () => {
  test.each<[string, DevNotice, readonly (UiNews & { kind: 'noticed' })['notice'][]]>([
    [
      'an apply is told, and its warnings behind it',
      applied,
      [
        { text: 'pod/web created', tone: 'plain' },
        { text: 'Warning: pod/web: spec.dnsPolicy is not honoured yet', tone: 'busy' },
      ],
    ],
    [
      'what went wrong is told with its hint',
      { kind: 'problem', message: 'src cannot be watched', hint: 'raise fs.inotify.max_user_watches' },
      [{ text: 'src cannot be watched\nhint: raise fs.inotify.max_user_watches', tone: 'bad' }],
    ],
    ['recovery is good news', { kind: 'recovered' }, [{ text: 'the manifests are good again', tone: 'plain' }]],
    ['how pods are is seen in the tree', { kind: 'status', pods: [], isAnew: true }, []],
  ])('%s', (_, notice, told) => {
    expect(noticesOf(notice)).toEqual(told);
  });
});
