import { expect, test } from 'vitest';
import { sameTemplate, templateHash } from '../../../src/workload/template-hash.ts';

const template = (dev: object, labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'app', ...dev, processes: [{ name: 'p', command: ['x'], ...dev }] }] },
});

test('what podctl dev alone goes by makes no other template', () => {
  const [without, having] = [template({}), template({ dev: { watch: [{ paths: ['/src'], action: 'restart' }] } })];
  expect(sameTemplate(without, having)).toBe(true);
  expect(templateHash(having)).toBe(templateHash(without));
  expect(sameTemplate(without, template({ tty: true }))).toBe(false);
  expect(sameTemplate(template({}, { dev: '1' }), template({}, { dev: '2' }))).toBe(false);
});
