/** The names that podnet answers itself, as records without their owner. */

export type ZoneRecord =
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR' | 'TXT'; readonly data: string }
  | { readonly type: 'SRV'; readonly data: ServiceTarget }
  | { readonly type: 'SOA'; readonly data: Authority };

export interface ServiceTarget {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export interface Authority {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** Names are lower case, without the final dot. */
export interface Zone {
  readonly domain: string;
  /** all below the domain, those that only lead to others included (no records), and reverse names */
  readonly names: ReadonlyMap<string, readonly ZoneRecord[]>;
  /** of a pod's address */
  readonly namespaceOf: ReadonlyMap<string, string>;
  readonly authority: Authority;
}

/** Seconds: CoreDNS's default of its kubernetes plugin. */
export const zoneTtl = 5;

/** As CoreDNS writes it; a changing serial would tell nobody anything, for there are no secondaries. */
export const authorityOf = (domain: string): Authority => ({
  mname: nameServerOf(domain),
  rname: `hostmaster.${domain}`,
  serial: 1,
  refresh: 7200,
  retry: 1800,
  expire: 86400,
  minimum: zoneTtl,
});

export const nameServerOf = (domain: string): string => `ns.dns.${domain}`;
