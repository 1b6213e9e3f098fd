/** Sockets of the machine that listen, as /proc/net tells of them. Pure. */
import type { TransportProtocol } from '../model/network.ts';
import { formatAddress } from '../util/cidr.ts';

export interface HostListener {
  readonly protocol: TransportProtocol;
  /** `0.0.0.0`, `::` (both families, as far as can be seen), or an address */
  readonly address: string;
  readonly port: number;
  /** what its owner's descriptor is called: `socket:[…]` */
  readonly inode: number;
}

const TCP_LISTEN = '0A';
/** TCP_CLOSE: of UDP one that is connected to nobody */
const UDP_OPEN = '07';

/** Of /proc/net/{tcp,tcp6,udp,udp6}, proc_net(5): addresses are 32-bit words of the machine's byte order, little-endian. */
export function parseListeners(text: string, protocol: 'TCP' | 'UDP'): readonly HostListener[] {
  const state = protocol === 'TCP' ? TCP_LISTEN : UDP_OPEN;
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== state) return [];
    const [address = '', port = ''] = (fields[1] ?? '').split(':');
    return [{ protocol, address: addressOf(address), port: Number.parseInt(port, 16), inode: Number(fields[9]) }];
  });
}

function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const number = BigInt(`0x${bytes.swap32().toString('hex')}`);
  return formatAddress({ family: bytes.length === 4 ? 4 : 6, number });
}
