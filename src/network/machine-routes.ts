/** Local routes of the pod network: they make addresses this machine's own without a link that has them. */
import { dump, transact } from '../linux/netlink.ts';
import { loopbackIndex } from '../linux/pod-link.ts';
import {
  addRoute,
  decodeRoute,
  deleteRoute,
  listRoutes,
  ownRouteProtocol,
  routeTables,
} from '../linux/rtnetlink-routes.ts';
import type { NetworkSettings } from '../model/network.ts';
import { cidrOf, overlaps } from '../util/cidr.ts';

/** Those that are missing are made, those of this instance that are not wanted any more are deleted. Throws SysError. */
export function keepMachineRoutes(socket: number, { ranges }: NetworkSettings, wanted: readonly string[]): void {
  const services = [ranges.services4, ranges.services6].flatMap((text) => (text === undefined ? [] : [cidrOf(text)]));
  const isOurs = (destination: string): boolean => services.some((block) => overlaps(block, cidrOf(destination)));
  const present = dump(socket, listRoutes('local'), decodeRoute)
    // an older kernel lists them all
    .filter(({ table, protocol }) => table === routeTables.local && protocol === ownRouteProtocol)
    .map(({ destination }) => destination);
  const messages = [
    ...present.filter((destination) => !wanted.includes(destination) && isOurs(destination)).map(removeRoute),
    ...wanted.filter((destination) => !present.includes(destination)).map(makeRoute),
  ];
  if (messages.length === 0) return;
  for (const { refusal } of transact(socket, messages)) {
    if (refusal !== undefined && !['EEXIST', 'ESRCH'].includes(refusal.code)) throw refusal;
  }
}

const makeRoute = (destination: string) => addRoute({ destination, index: loopbackIndex, type: 'local' });
const removeRoute = (destination: string) => deleteRoute({ destination, index: loopbackIndex, type: 'local' });
