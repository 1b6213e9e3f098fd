import { describe } from 'vitest';
import { aPod, withContainer } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, notFound, required, testCases, unsupported } from './api-case.ts';

const at = 'spec.containers[0].resources';
const withResources = (limits: object, requests: object = {}, more: object = {}) =>
  withContainer({ resources: { limits, requests, ...more } });

describe('resources', () => {
  testCases([
    ['in every way to write a quantity', withResources({ cpu: '1e3', memory: '1.5Gi' }, { cpu: 0.1, memory: '1e6' })],
    ['of zero', withResources({ cpu: 0 }, { memory: '0' })],
    ['of storage and names of others', withResources({ 'ephemeral-storage': '1Gi', 'example.com/gpu': 1 })],
    ['of a name of Kubernetes’ domain', withResources({ 'kubernetes.io/x': '1500m' })],
    ['of a negative amount', withResources({ cpu: '-1' }), invalid(`${at}.limits[cpu]`)],
    ['of no amount', withResources({ cpu: 'x' }), invalid(`${at}.limits[cpu]`)],
    ['of a resource nobody knows', withResources({}, { gpu: 1 }), invalid(`${at}.requests[gpu]`)],
    ['of a resource of claims', withResources({ storage: '1Gi' }), invalid(`${at}.limits[storage]`)],
    ['of a bad name', withResources({ 'a b': 1 }), invalid(`${at}.limits[a b]`)],
    ['requested above the limit', withResources({ cpu: 1 }, { cpu: 2 }), invalid(`${at}.requests`)],
    [
      'requested above the limit, in other units',
      withResources({ memory: '1Gi' }, { memory: '1025Mi' }),
      invalid(`${at}.requests`),
    ],
    [
      'of a fraction of a device',
      withResources({ 'example.com/gpu': '500m' }),
      invalid(`${at}.limits[example.com/gpu]`),
    ],
    ['of devices that are only requested', withResources({}, { 'example.com/gpu': 1 }), required(`${at}.limits`)],
    [
      'of more devices than requested',
      withResources({ 'example.com/gpu': 2 }, { 'example.com/gpu': 1 }),
      invalid(`${at}.requests`),
    ],
    [
      'of a device of a bad name',
      withResources({ 'requests.example.com/gpu': 1 }),
      invalid(`${at}.limits[requests.example.com/gpu]`),
    ],
    ['of huge pages', withResources({ 'hugepages-2Mi': '4Mi', memory: '1Gi' }, { 'hugepages-2Mi': '4Mi' })],
    ['of huge pages alone', withResources({ 'hugepages-2Mi': '4Mi' }), forbidden(at)],
    ['of half a huge page', withResources({ 'hugepages-2Mi': '1Mi', cpu: 1 }), invalid(`${at}.limits[hugepages-2Mi]`)],
    ['of huge pages only requested', withResources({ cpu: 1 }, { 'hugepages-2Mi': '2Mi' }), required(`${at}.limits`)],
    [
      'of fewer huge pages than the limit',
      withResources({ 'hugepages-2Mi': '4Mi', cpu: 1 }, { 'hugepages-2Mi': '2Mi' }),
      invalid(`${at}.requests`),
    ],
  ]);
});

describe('resources of a pod', () => {
  const withPod = (resources: object, container: object = {}) =>
    aPod({ resources, containers: [{ name: 'a', image: 'nginx', ...container }] });
  testCases([
    ['of cpu and memory', withPod({ limits: { cpu: 1, memory: '1Gi' } })],
    [
      'of a resource that pods have not',
      withPod({ limits: { 'ephemeral-storage': '1Gi' } }),
      unsupported('spec.resources.limits[ephemeral-storage]'),
    ],
    [
      'of a request above the limit',
      withPod({ limits: { cpu: 1 }, requests: { cpu: 2 } }),
      invalid('spec.resources.requests'),
    ],
    [
      'less than its containers request',
      withPod({ requests: { cpu: 1 } }, { resources: { requests: { cpu: 2 } } }),
      invalid('spec.resources.requests[cpu]'),
    ],
    ['with claims', withPod({ claims: [{ name: 'a' }] }), forbidden('spec.resources.claims')],
  ]);
});

describe('claims of devices', () => {
  const withClaims = (resourceClaims: readonly object[], claims: readonly object[] = []) =>
    withContainer({ resources: { claims } }, { resourceClaims });
  const gpu = { name: 'gpu', resourceClaimName: 'a' };
  testCases([
    ['that are there', withClaims([gpu], [{ name: 'gpu' }])],
    [
      'by request',
      withClaims(
        [gpu],
        [
          { name: 'gpu', request: 'a' },
          { name: 'gpu', request: 'b' },
        ],
      ),
    ],
    ['without a name', withClaims([{ resourceClaimName: 'a' }]), required('spec.resourceClaims[0].name')],
    ['of a bad name', withClaims([{ ...gpu, name: 'a.b' }]), invalid('spec.resourceClaims[0].name')],
    ['twice of a name', withClaims([gpu, gpu]), duplicate('spec.resourceClaims[1].name')],
    ['of nothing', withClaims([{ name: 'a' }]), invalid('spec.resourceClaims[0]')],
    ['of two', withClaims([{ ...gpu, resourceClaimTemplateName: 'b' }]), invalid('spec.resourceClaims[0]')],
    [
      'of a bad claim',
      withClaims([{ name: 'a', resourceClaimName: 'A' }]),
      invalid('spec.resourceClaims[0].resourceClaimName'),
    ],
    [
      'of a bad template',
      withClaims([{ name: 'a', resourceClaimTemplateName: 'A' }]),
      invalid('spec.resourceClaims[0].resourceClaimTemplateName'),
    ],
    ['that are not there', withClaims([gpu], [{ name: 'b' }]), notFound(`${at}.claims[0]`)],
    ['that have no name', withClaims([gpu], [{}]), required(`${at}.claims[0]`)],
    ['that come twice', withClaims([gpu], [{ name: 'gpu' }, { name: 'gpu' }]), duplicate(`${at}.claims[1]`)],
    ['by a bad request', withClaims([gpu], [{ name: 'gpu', request: 'a.b' }]), invalid(`${at}.claims[0].request`)],
  ]);
});
