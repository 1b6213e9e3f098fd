/** `shop/app/web    | ` before each line of output: aligned, and in a colour that stays. */
import { prefixColours } from '../util/prefix-colours.ts';

/** What the lines come from; no program: the container is its one program. */
export interface PrefixSource {
  readonly pod: string;
  readonly container: string;
  readonly program: string | undefined;
}

/** Longer names push their lines to the right. */
const widestName = 40;

/** Colours go by the order in which sources come, the width is that of the longest name so far. */
export function createPrefixes(colour: boolean): (source: PrefixSource) => string {
  const colours = new Map<string, number>();
  let width = 0;
  return ({ pod, container, program }) => {
    const name = [pod, container, ...(program === undefined ? [] : [program])].join('/');
    if (!colours.has(name)) {
      colours.set(name, prefixColours[colours.size % prefixColours.length] ?? 0);
      width = Math.min(widestName, Math.max(width, name.length));
    }
    const text = `${name.padEnd(width)} | `;
    return colour ? `\u001b[${colours.get(name)}m${text}\u001b[0m` : text;
  };
}
