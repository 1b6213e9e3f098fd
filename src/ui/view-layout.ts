/** Where things stand on the screen. */
import type { TerminalSize } from './model.ts';

export const smallestSize: TerminalSize = { columns: 60, rows: 16 };

/** From here on the log stands beside the tree, not below it. */
const wideColumns = 150;

export interface Area {
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  /** the whole screen */
  readonly screen: Area;
  /** with its line of headings; no rows while the log has the screen */
  readonly tree: Area;
  /** without its title line */
  readonly log: Area;
  readonly isSideBySide: boolean;
}

/** header, then tree and log, then the line for notices and that for keys */
const frameRows = 3;

/** undefined: too small to show anything. `rows`: how many the tree has. */
export function planLayout(
  size: TerminalSize,
  { rows, isZoomed }: { rows: number; isZoomed: boolean },
): Layout | undefined {
  if (size.columns < smallestSize.columns || size.rows < smallestSize.rows) return undefined;
  const body = { columns: size.columns, rows: size.rows - frameRows };
  if (isZoomed) {
    const tree = { columns: body.columns, rows: 0 };
    return { screen: size, tree, log: { columns: body.columns, rows: body.rows - 1 }, isSideBySide: false };
  }
  if (size.columns >= wideColumns) {
    const left = Math.min(90, Math.floor(body.columns / 2));
    const log = { columns: body.columns - left - 1, rows: body.rows - 1 };
    return { screen: size, tree: { columns: left, rows: body.rows }, log, isSideBySide: true };
  }
  const treeRows = Math.max(4, Math.min(rows + 1, Math.floor(body.rows / 2)));
  const tree = { columns: body.columns, rows: treeRows };
  return { screen: size, tree, log: { columns: body.columns, rows: body.rows - treeRows - 1 }, isSideBySide: false };
}
