/** IP addresses as text, without a resolver. */
import { z } from 'zod';

const address = z.union([z.ipv4(), z.ipv6()]);

/** An IPv4 address in four decimal parts or an IPv6 address without a zone. */
export function isIpAddress(text: string): boolean {
  return address.safeParse(text).success;
}
