import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const links = '/sys/class/net';

/** This machine's end of a pod's link, whose alias ends with the pod's uid (plan-link.ts); undefined: it has none. */
export function findPodLink(uid: string): string | undefined {
  const digits = uid.replaceAll('-', '').slice(0, 9);
  return readdirSync(links).find((name) => name.startsWith('pc') && name.endsWith(digits) && isOf(name, uid));
}

function isOf(name: string, uid: string): boolean {
  try {
    return readFileSync(join(links, name, 'ifalias'), 'utf8')
      .trimEnd()
      .endsWith(` ${uid}`);
  } catch {
    // gone in between
    return false;
  }
}
