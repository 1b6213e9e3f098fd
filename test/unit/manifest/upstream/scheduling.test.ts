import { describe } from 'vitest';
import { aPod } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, required, testCases, under, unsupported } from './api-case.ts';

describe('a toleration', () => {
  const at = 'spec.tolerations[0]';
  const withToleration = (toleration: object) => aPod({ tolerations: [toleration] });
  testCases([
    ['of everything', withToleration({ operator: 'Exists' })],
    [
      'for a time',
      withToleration({ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 0 }),
    ],
    ['of nothing', withToleration({}), invalid(`${at}.operator`)],
    ['of a bad key', withToleration({ key: 'a b', operator: 'Exists' }), invalid(`${at}.key`)],
    ['of a bad value', withToleration({ key: 'a', value: 'b c' }), invalid(`${at}.operator`)],
    [
      'that exists with a value',
      withToleration({ key: 'a', operator: 'Exists', value: 'b' }),
      invalid(`${at}.operator`),
    ],
    ['of an operator nobody knows', withToleration({ key: 'a', operator: 'In' }), unsupported(`${at}.operator`)],
    ['of an effect nobody knows', withToleration({ key: 'a', effect: 'Never' }), unsupported(`${at}.effect`)],
    [
      'for a time, of no eviction',
      withToleration({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }),
      invalid(`${at}.effect`),
    ],
  ]);
});

describe('affinity to nodes', () => {
  const at = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const withTerm = (term: object) =>
    aPod({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } },
    });
  const byLabel = (requirement: object) => withTerm({ matchExpressions: [requirement] });
  const byField = (requirement: object) => withTerm({ matchFields: [requirement] });
  const label = (...told: readonly string[]) => under(`${at}[0].matchExpressions[0].`, ...told);
  const field = (...told: readonly string[]) => under(`${at}[0].matchFields[0].`, ...told);
  const preferred = (entry: object) =>
    aPod({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [entry] } } });
  const liked = 'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]';
  testCases([
    ['by label', byLabel({ key: 'a', operator: 'In', values: ['b'] })],
    ['by number', byLabel({ key: 'a', operator: 'Gt', values: ['1'] })],
    ['by name', byField({ key: 'metadata.name', operator: 'In', values: ['n'] })],
    [
      'of no term',
      aPod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } }),
      required(at),
    ],
    ['by no key', byLabel({ operator: 'Exists' }), ...label(invalid('key'))],
    ['by no operator', byLabel({ key: 'a' }), ...label(invalid('operator'))],
    ['by no value', byLabel({ key: 'a', operator: 'In' }), ...label(required('values'))],
    [
      'by existence, of a value',
      byLabel({ key: 'a', operator: 'Exists', values: ['b'] }),
      ...label(forbidden('values')),
    ],
    ['by two numbers', byLabel({ key: 'a', operator: 'Lt', values: ['1', '2'] }), ...label(required('values'))],
    ['by a bad value', byLabel({ key: 'a', operator: 'In', values: ['b c'] }), ...label(invalid('values[0]'))],
    [
      'by two names',
      byField({ key: 'metadata.name', operator: 'In', values: ['a', 'b'] }),
      ...field(required('values')),
    ],
    [
      'by a field nobody knows',
      byField({ key: 'metadata.uid', operator: 'In', values: ['a'] }),
      ...field(invalid('key')),
    ],
    ['by a field of no operator', byField({ key: 'metadata.name', values: ['a'] }), ...field(invalid('operator'))],
    ['by a bad name', byField({ key: 'metadata.name', operator: 'In', values: ['A'] }), ...field(invalid('values[0]'))],
    [
      'liked',
      preferred({ weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] } }),
    ],
    ['liked too much', preferred({ weight: 101, preference: {} }), invalid(`${liked}.weight`)],
    ['liked not at all', preferred({ preference: {} }), invalid(`${liked}.weight`)],
  ]);
});

describe('affinity to pods', () => {
  const at = 'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]';
  const selector = { matchLabels: { a: 'b' } };
  const withTerm = (term: object) =>
    aPod({
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', ...term }] } },
    });
  testCases([
    ['by label', withTerm({ labelSelector: selector, namespaces: ['a'], matchLabelKeys: ['c'] })],
    ['of no topology', withTerm({ topologyKey: '' }), required(`${at}.topologyKey`), invalid(`${at}.topologyKey`)],
    ['of a bad topology', withTerm({ topologyKey: 'a b' }), invalid(`${at}.topologyKey`)],
    ['of a bad namespace', withTerm({ namespaces: ['A'] }), invalid(`${at}.namespaces[0]`)],
    [
      'of a bad operator',
      withTerm({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } }),
      invalid(`${at}.labelSelector.matchExpressions[0].operator`),
    ],
    [
      'of a bad label',
      withTerm({ labelSelector: { matchLabels: { a: 'b c' } } }),
      invalid(`${at}.labelSelector.matchLabels`),
    ],
    [
      'of a bad label of namespaces',
      withTerm({ namespaceSelector: { matchLabels: { 'a b': 'c' } } }),
      invalid(`${at}.namespaceSelector.matchLabels`),
    ],
    ['of keys without a selector', withTerm({ matchLabelKeys: ['a'] }), forbidden(`${at}.matchLabelKeys`)],
    ['of other keys without a selector', withTerm({ mismatchLabelKeys: ['a'] }), forbidden(`${at}.mismatchLabelKeys`)],
    [
      'of a bad key',
      withTerm({ labelSelector: selector, matchLabelKeys: ['a b'] }),
      invalid(`${at}.matchLabelKeys[0]`),
    ],
    [
      'of a key in both',
      withTerm({ labelSelector: selector, matchLabelKeys: ['c'], mismatchLabelKeys: ['c'] }),
      invalid(`${at}.matchLabelKeys[0]`),
    ],
  ]);
});

describe('spread over a topology', () => {
  const at = 'spec.topologySpreadConstraints[0]';
  const base = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
  const withSpread = (...constraints: readonly object[]) =>
    aPod({ topologySpreadConstraints: constraints.map((constraint) => ({ ...base, ...constraint })) });
  testCases([
    [
      'with everything',
      withSpread({
        minDomains: 3,
        labelSelector: { matchLabels: { a: 'b' } },
        matchLabelKeys: ['c'],
        nodeAffinityPolicy: 'Honor',
        nodeTaintsPolicy: 'Ignore',
      }),
    ],
    ['of no skew', withSpread({ maxSkew: 0 }), invalid(`${at}.maxSkew`)],
    ['of no topology', withSpread({ topologyKey: '' }), required(`${at}.topologyKey`)],
    ['of any text as topology', withSpread({ topologyKey: 'a b' })],
    ['of no answer', withSpread({ whenUnsatisfiable: '' }), unsupported(`${at}.whenUnsatisfiable`)],
    ['over fewer domains than one', withSpread({ minDomains: 0 }), invalid(`${at}.minDomains`)],
    [
      'over some domains, anyway',
      withSpread({ minDomains: 1, whenUnsatisfiable: 'ScheduleAnyway' }),
      invalid(`${at}.minDomains`),
    ],
    ['twice the same', withSpread({}, { maxSkew: 2 }), duplicate(`${at}.{topologyKey, whenUnsatisfiable}`)],
    ['of a policy nobody knows', withSpread({ nodeAffinityPolicy: 'x' }), unsupported(`${at}.nodeAffinityPolicy`)],
    ['of keys without a selector', withSpread({ matchLabelKeys: ['a'] }), forbidden(`${at}.matchLabelKeys`)],
    [
      'of a key of the selector',
      withSpread({ labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: ['a'] }),
      invalid(`${at}.matchLabelKeys[0]`),
    ],
    ['of a bad key', withSpread({ labelSelector: {}, matchLabelKeys: ['/a'] }), invalid(`${at}.matchLabelKeys[0]`)],
    [
      'of a bad selector',
      withSpread({ labelSelector: { matchLabels: { a: 'b c' } } }),
      invalid(`${at}.labelSelector.matchLabels`),
    ],
  ]);
});
