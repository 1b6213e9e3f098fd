/** What the kernel tells of changes to nftables: which tables one transaction touched, and whose it was. */
import { type NetlinkWatch, watchNetlink } from './netlink.ts';
import { attributeText, decodeAttributes, type NetlinkReply } from './netlink-message.ts';

export interface NftablesChange {
  /** of family inet */
  readonly tables: ReadonlySet<string>;
  /** of these the ones that are gone now */
  readonly removed: ReadonlySet<string>;
  /** as the kernel's first pid namespace counts */
  readonly pid: number;
  /** its first 15 characters */
  readonly program: string;
}

// linux/netfilter/nfnetlink.h, nf_tables.h
const NFNLGRP_NFTABLES = 7;
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_NEWGEN = 15;
const NFPROTO_INET = 1;
/** NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE … are all the first */
const tableAttribute = 1;
const NFTA_GEN_PROC_PID = 2;
const NFTA_GEN_PROC_NAME = 3;
const familyHeaderBytes = 4;

/** A transaction's messages come in a row, the new generation last. `onLost`: some were not told. Does not keep the process alive. */
export function watchNftables(onChange: (change: NftablesChange) => void, onLost: () => void): NetlinkWatch {
  let tables = new Set<string>();
  let removed = new Set<string>();
  const note = (message: number, table: string): void => {
    tables.add(table);
    if (message === NFT_MSG_DELTABLE) removed.add(table);
    if (message === NFT_MSG_NEWTABLE) removed.delete(table);
  };
  const take = ({ type, body }: NetlinkReply): void => {
    if (type >> 8 !== NFNL_SUBSYS_NFTABLES) return;
    const message = type & 0xff;
    const attributes = decodeAttributes(body, familyHeaderBytes);
    const name = attributes.get(tableAttribute);
    if (message !== NFT_MSG_NEWGEN) {
      if (body[0] === NFPROTO_INET && name !== undefined) note(message, attributeText(name));
      return;
    }
    const change = { tables, removed, ...authorOf(attributes) };
    tables = new Set();
    removed = new Set();
    onChange(change);
  };
  return watchNetlink({ protocol: 'netfilter', groups: [NFNLGRP_NFTABLES], onMessage: take, onLost });
}

function authorOf(attributes: ReadonlyMap<number, Buffer>): { readonly pid: number; readonly program: string } {
  const [pid, program] = [attributes.get(NFTA_GEN_PROC_PID), attributes.get(NFTA_GEN_PROC_NAME)];
  return { pid: pid?.readUInt32BE(0) ?? -1, program: program === undefined ? '' : attributeText(program) };
}
