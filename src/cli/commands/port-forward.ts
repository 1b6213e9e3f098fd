import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { checkContainer } from '../forward-ports.ts';
import { runForward } from '../forward-session.ts';
import { findForward } from '../forward-target.ts';
import { parseForwardTarget, parseForwardWord } from '../forward-words.ts';
import { takeInterrupts } from '../interrupts.ts';
import { parseListenAddresses } from '../listen-locally.ts';
import { pickPod } from '../pick-pod.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { splitWorkload } from '../workload-target.ts';

/** kubectl's default */
const runningTimeoutMs = 60_000;

export const command = defineCommand({
  usage: ['port-forward POD|service/NAME|deployment/NAME [LOCAL:]REMOTE… [flags]'],
  about: `Reach a port of a pod on a local one, until Ctrl-C.
Connections are made inside of the pod's network: also to what listens on its localhost only, in pods without any network, and
where nothing else may reach the pod. Each finds the pod anew, so restarts of its containers are survived. REMOTE is a number or
the name of a port; of a Service its port, and one of its pods is taken. TCP only.
Exit code: 0 after Ctrl-C, 1 when the pod has ended or was deleted.`,
  flags: {
    ...{ namespace: commonFlags.namespace },
    container: {
      ...commonFlags.container,
      help: 'whose network, where containers have their own (default: the pod’s)',
    },
    address: {
      kind: 'text',
      value: 'ADDRESSES',
      help: 'where to listen, separated by commas: localhost (default) or IP addresses',
    },
    'pod-running-timeout': { kind: 'duration', help: 'how long to wait until the pod runs (default 1m)' },
  },
  complete: 'pods',
  examples: [
    { text: 'port 80 of a pod on 8080', line: 'podctl port-forward web 8080:80' },
    {
      text: 'by the name of a port, several, any free local port',
      line: 'podctl port-forward web http 9090:metrics :5432',
    },
    { text: 'one of the pods of a Service', line: 'podctl port-forward service/shop 8080:80' },
    { text: 'for other machines too', line: 'podctl port-forward web 8080:80 --address 0.0.0.0' },
  ],
  run: async ({ flags, args, io }) => {
    const [word, ...portWords] = args;
    // A word that names nothing is refused before podd is asked.
    if (word === undefined || splitWorkload(word) === undefined) parseForwardTarget(word);
    if (portWords.length === 0) throw new UsageError('which port?', 'podctl port-forward POD [LOCAL:]REMOTE…');
    const words = portWords.map(parseForwardWord);
    const addresses = parseListenAddresses(flags.address ?? 'localhost');
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    const timeoutMs = flags['pod-running-timeout'] ?? runningTimeoutMs;
    const target = parseForwardTarget(word && (await pickPod(client, namespace, word, io)));
    const { pod, ports } = await findForward(client, namespace, target, words, timeoutMs);
    checkContainer(pod, flags.container);
    const ending = new AbortController();
    const giveBack = takeInterrupts(() => ending.abort());
    try {
      const { container } = flags;
      await runForward({ client, io, pod, container, ports, addresses, signal: ending.signal });
      return 0;
    } finally {
      giveBack();
    }
  },
});
