/** Probes of a container as kubectl describes them. */
import { type Fields, fieldsOf, text } from './loose-values.ts';
import { cleanCell } from './tab-columns.ts';

const titles = { livenessProbe: 'Liveness', readinessProbe: 'Readiness', startupProbe: 'Startup' } as const;

/** A line for each that it has: what is asked, and Kubernetes' numbers with their defaults. */
export function describeProbes(container: Fields): string[] {
  return Object.entries(titles).flatMap(([field, title]) =>
    container[field] === undefined ? [] : [`${title}:\t${describeProbe(fieldsOf(container[field]))}`],
  );
}

function describeProbe(probe: Fields): string {
  const { initialDelaySeconds = 0, timeoutSeconds = 1, periodSeconds = 10 } = probe;
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const times = `delay=${text(initialDelaySeconds)}s timeout=${text(timeoutSeconds)}s period=${text(periodSeconds)}s`;
  const counts = `#success=${text(successThreshold)} #failure=${text(failureThreshold)}`;
  return `${cleanCell(describeHandler(probe))} ${times} ${counts}`;
}

function describeHandler({ exec, httpGet, tcpSocket, grpc }: Fields): string {
  if (exec !== undefined) {
    const { command } = fieldsOf(exec);
    return `exec [${Array.isArray(command) ? command.map(text).join(' ') : ''}]`;
  }
  if (httpGet !== undefined) {
    const { scheme, host = '', port, path = '' } = fieldsOf(httpGet);
    return `http-get ${text(scheme || 'HTTP').toLowerCase()}://${text(host)}:${text(port)}${text(path)}`;
  }
  if (tcpSocket !== undefined) {
    const { host = '', port } = fieldsOf(tcpSocket);
    return `tcp-socket ${text(host)}:${text(port)}`;
  }
  const { port, service = '' } = fieldsOf(grpc);
  return `grpc <pod>:${text(port)} ${text(service)}`.trimEnd();
}
