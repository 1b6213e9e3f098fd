import { type Answer, decode, encode, type Question } from 'dns-packet';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createForwarder } from '../../../src/podnet/forwarder.ts';
import { createUpstreams } from '../../../src/podnet/upstreams.ts';
import { startUpstream, type UpstreamAnswer, type UpstreamResolver } from '../../support/upstream-resolver.ts';

const upstreams: UpstreamResolver[] = [];
afterEach(() => {
  for (const upstream of upstreams.splice(0)) upstream.close();
});

async function upstream(answer: UpstreamAnswer | ((question: Question) => UpstreamAnswer)): Promise<UpstreamResolver> {
  const started = await startUpstream('127.0.0.1', 0, typeof answer === 'function' ? answer : () => answer);
  upstreams.push(started);
  return started;
}

const address = (data: string): Answer[] => [{ type: 'A', name: 'www.example.com', data }];

function question(name = 'www.example.com') {
  const bytes = encode({ type: 'query', id: 4711, questions: [{ type: 'A', name }] });
  return { bytes, questionBytes: bytes.subarray(12) };
}

const told = (reply: Buffer): unknown => {
  const { id, answers = [] } = decode(reply);
  return [id, ...answers.map((one) => ('data' in one ? one.data : undefined))];
};

describe('upstreams', () => {
  test('the first one answers, with the id of the query', async () => {
    const [first, second] = [await upstream(address('192.0.2.1')), await upstream(address('192.0.2.2'))];
    const ask = createUpstreams([first, second]);
    expect(told(await ask.ask(question(), false))).toEqual([4711, '192.0.2.1']);
    expect([first.asked, second.asked]).toEqual([['UDP www.example.com A'], []]);
  });

  test('by TCP when it was asked by TCP', async () => {
    const first = await upstream(address('192.0.2.1'));
    expect(told(await createUpstreams([first]).ask(question(), true))).toEqual([4711, '192.0.2.1']);
    expect(first.asked).toEqual(['TCP www.example.com A']);
  });

  test('what is cut off by UDP is fetched by TCP', async () => {
    const first = await upstream({ onlyByTcp: address('192.0.2.1') });
    expect(told(await createUpstreams([first]).ask(question(), false))).toEqual([4711, '192.0.2.1']);
    expect(first.asked).toEqual(['UDP www.example.com A', 'TCP www.example.com A']);
  });

  test('replies that nobody asked for are not believed', async () => {
    const first = await upstream({ afterForgeries: address('192.0.2.1') });
    expect(told(await createUpstreams([first]).ask(question(), false))).toEqual([4711, '192.0.2.1']);
  });

  test.each([
    ['fails', 'servfail' as const],
    ['does not answer', 'silent' as const],
  ])('one that %s gives way to the next', async (_what, answer) => {
    const [first, second] = [await upstream(answer), await upstream(address('192.0.2.2'))];
    expect(told(await createUpstreams([first, second]).ask(question(), false))).toEqual([4711, '192.0.2.2']);
  });

  test('one that does not answer is asked last from then on', async () => {
    const [first, second] = [await upstream('silent'), await upstream(address('192.0.2.2'))];
    const ask = createUpstreams([first, second]);
    await ask.ask(question(), false);
    await ask.ask(question(), false);
    expect([first.asked.length, second.asked.length]).toEqual([1, 2]);
  });

  test('one that is not there costs no time', async () => {
    const gone = await upstream('silent');
    gone.close();
    upstreams.pop();
    const second = await upstream(address('192.0.2.2'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      expect(told(await createUpstreams([gone, second]).ask(question(), false))).toEqual([4711, '192.0.2.2']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that a name does not exist is an answer', async () => {
    const [first, second] = [await upstream('nxdomain'), await upstream(address('192.0.2.2'))];
    const reply = decode(await createUpstreams([first, second]).ask(question(), false));
    expect(reply).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(second.asked).toEqual([]);
  });

  test('when all fail, the failure of the first is told', async () => {
    const first = await upstream('servfail');
    expect(decode(await createUpstreams([first]).ask(question(), false))).toMatchObject({
      id: 4711,
      rcode: 'SERVFAIL',
    });
  });

  test('without any the answer is a failure, at once', async () => {
    await expect(createUpstreams([]).ask(question(), false)).rejects.toThrow('the machine has no resolver');
  });
});

describe('what waits for the upstreams', () => {
  const asker = { address: '10.99.0.2', byTcp: false };

  async function silentForwarder(log: (message: string) => void = () => undefined) {
    const silent = await upstream('silent');
    const wanted = { address: '10.99.128.10', upstreams: [silent.address] };
    return { silent, forwarder: createForwarder(wanted, log, silent.port) };
  }

  test('is bounded for each address', async () => {
    const lines: string[] = [];
    const { forwarder } = await silentForwarder((line) => lines.push(line));
    const waiting = Array.from({ length: 200 }, (_, i) => forwarder.ask(question(`n${i}.example`), asker));
    let settled = 0;
    for (const one of waiting) one.catch(() => settled++);
    await expect(forwarder.ask(question(), asker)).rejects.toThrow('too many questions');
    expect(settled).toBe(0);
    expect(lines).toEqual([
      expect.stringContaining('10.99.0.2 asks more than the upstreams answer: 200 questions wait'),
    ]);
    const other = forwarder.ask(question(), { ...asker, address: '10.99.0.3' });
    await Promise.allSettled([...waiting, other]);
    await expect(other).rejects.toThrow('no reply');
  });

  test('a question that comes back again and again ends', async () => {
    const lines: string[] = [];
    const { forwarder } = await silentForwarder((line) => lines.push(line));
    const waiting = Array.from({ length: 60 }, () => forwarder.ask(question(), asker));
    const results = await Promise.allSettled(waiting);
    const refused = results.filter(
      ({ status, ...rest }) => status === 'rejected' && String(Object.values(rest)).includes('too many'),
    );
    expect(refused).toHaveLength(10);
    expect(lines).toEqual([expect.stringContaining('asks the same over and over')]);
  });

  test('podnet does not ask itself', async () => {
    const wanted = { address: '10.99.128.10', upstreams: ['10.99.128.10'] };
    await expect(createForwarder(wanted, () => undefined).ask(question(), asker)).rejects.toThrow('no resolver');
  });
});
