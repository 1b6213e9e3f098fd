import { expect, test } from 'vitest';
import { describeEnvironment } from '../../../src/cli/describe-environment.ts';

test('an environment is described by its sources', () => {
  const lines = describeEnvironment({
    env: [
      { name: 'A', value: 'a' },
      { name: 'PORT', valueFrom: { configMapKeyRef: { name: 'app', key: 'PORT' } } },
      { name: 'PASS', valueFrom: { secretKeyRef: { name: 'db', key: 'p', optional: true } } },
    ],
    envFrom: [{ prefix: 'X_', configMapRef: { name: 'app' } }, { secretRef: { name: 'db', optional: true } }],
    envFile: ['/srv/a.env', { path: '/srv/b.env', optional: true }],
  });
  expect(lines).toEqual([
    'Environment Variables from:',
    "  app\tConfigMap with prefix 'X_'\tOptional: false",
    '  db\tSecret\tOptional: true',
    '  /srv/a.env\tfile\tOptional: false',
    '  /srv/b.env\tfile\tOptional: true',
    'Environment:',
    '  A:\ta',
    "  PORT:\t<set to the key 'PORT' in config map 'app'>\tOptional: false",
    "  PASS:\t<set to the key 'p' in secret 'db'>\tOptional: true",
  ]);
  expect(describeEnvironment({})).toEqual(['Environment:\t<none>']);
});
