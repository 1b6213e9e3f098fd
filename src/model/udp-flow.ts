/** What the kernel remembers of a UDP conversation (conntrack): as it was sent, and who answers. */

export interface FlowSide {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

export interface UdpFlow {
  readonly original: FlowSide;
  /** comes from whoever the packets really go to */
  readonly reply: FlowSide;
}
