import type { Io } from './io.ts';
import { formatObjects, type OutputFormat } from './output-format.ts';
import { createTable } from './tab-columns.ts';

/** Prints objects of one kind in the format asked for; a table keeps its column widths between calls. */
export interface RowPrinter<T> {
  readonly isTable: boolean;
  readonly print: (objects: readonly T[], isList: boolean) => Promise<void>;
}

export interface RowFormat<T> {
  /** absent: no header line */
  readonly headers: readonly string[] | undefined;
  readonly columns: number;
  readonly row: (object: T) => readonly string[];
}

export function createRowPrinter<T extends { readonly kind: string; readonly metadata: { readonly name: string } }>(
  io: Io,
  format: OutputFormat,
  rows: RowFormat<T>,
): RowPrinter<T> {
  if (format.kind !== 'table') {
    return {
      isTable: false,
      print: async (objects, isList) => io.out(await formatObjects(format, objects, isList)),
    };
  }
  const table = createTable(rows.headers ?? new Array<string>(rows.columns).fill(''), rows.headers !== undefined);
  return {
    isTable: true,
    print: async (objects) => {
      if (objects.length > 0) io.out(table(objects.map(rows.row)));
    },
  };
}
