import { describe, expect, test } from 'vitest';
import { formatExplanation, formatKinds } from '../../../src/cli/explain-kinds.ts';

const explain = (word: string, isRecursive = false, apiVersion?: string) =>
  formatExplanation(word, { isRecursive, ...(apiVersion === undefined ? {} : { apiVersion }) });

describe('explain', () => {
  test('says what a field is, and what stands in it', () => {
    expect(explain('deploy.spec.strategy')).toBe(`GROUP:      apps
KIND:       Deployment
VERSION:    v1

FIELD: strategy <Object>

DESCRIPTION:
    How pods are replaced; default RollingUpdate with 25% of each

FIELDS:
  rollingUpdate <Object>

  type <string>
    one of: RollingUpdate, Recreate
`);
  });

  test.each([
    ['pods', 'KIND:       Pod\nVERSION:    v1\n\nDESCRIPTION:'],
    ['pod.spec', '  containers <[]Container> -required-\n'],
    ['pod.spec.containers', 'FIELD: containers <[]Container> -required-'],
    ['pod.spec.containers.env.valueFrom', '  fileKeyRef <Object>\n'],
    ['pod.metadata.labels', 'FIELD: labels <map[string]string>'],
    ['cronjob.spec.jobTemplate.spec.template.spec.containers.livenessProbe.httpGet.port', '<integer|string>'],
    // a field of podctl's own is found where it is
    ['pod.spec.containers.processes', 'GROUP:      podctl.dev\nKIND:       Pod\nVERSION:    v1\n'],
    ['sts.spec.template.spec.containers.processes.readiness', 'GROUP:      podctl.dev\nKIND:       StatefulSet'],
  ])('%s', (word, text) => {
    expect(explain(word)).toContain(text);
  });

  test('says what nothing acts on, in templates too', () => {
    const here = 'priorityClassName <string>\n    Here: ';
    expect(explain('pod.spec')).toContain(here);
    expect(explain('job.spec.template.spec')).toContain(here);
  });

  test('shows all that is below', () => {
    expect(explain('service', true)).toMatch(/^ {2}spec <Object>.*\n(?: {4}.*\n)+/m);
  });

  test('takes the apiVersion that is asked for', () => {
    expect(explain('deployment.spec', false, 'podctl.dev/v1')).toContain('GROUP:      podctl.dev\n');
    expect(() => explain('service', false, 'podctl.dev/v1')).toThrow('there is no Service of apiVersion podctl.dev/v1');
  });

  test.each([
    ['deploymnt', 'no kind "deploymnt" (did you mean deployment?)'],
    ['deployment.spec.strategi', 'field "spec.strategi" does not exist (did you mean strategy?)'],
    ['pod.spec.constructor', 'field "spec.constructor" does not exist'],
    ['constructor', 'no kind "constructor"'],
  ])('refuses %s', (word, message) => {
    expect(() => explain(word)).toThrow(message);
  });
});

test('the kinds are listed with each of their apiVersions', () => {
  const table = formatKinds();
  expect(table).toMatch(/^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\npods +po +v1 +true +Pod\n/);
  expect(table).toMatch(/\ndeployments +deploy +podctl.dev\/v1 +true +Deployment\n/);
  expect(table).toMatch(/\nnamespaces +ns +v1 +false +Namespace\n/);
});
