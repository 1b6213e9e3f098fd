/** Where a published TCP port of a pod answers on this machine; a browser's guess that it is HTTP. */
export function portUrl(hostPort: number, hostIP = ''): string {
  const isAny = ['', '0.0.0.0', '::', '127.0.0.1', '::1'].includes(hostIP);
  const host = isAny ? 'localhost' : hostIP.includes(':') ? `[${hostIP}]` : hostIP;
  return `http://${host}:${hostPort}`;
}
