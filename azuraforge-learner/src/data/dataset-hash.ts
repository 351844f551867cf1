import { sha256 } from './byte-hash.ts';
import type { SeriesTable } from './series-table.ts';

/**
 * `sha256:` and 64 hex digits over column names, dates and values (little-endian float64), so that two runs can be seen
 * to have learned from the same data whatever file it came from.
 */
export async function datasetHash(table: SeriesTable): Promise<string> {
  const names = table.columnNames;
  const head = new TextEncoder().encode(JSON.stringify([table.labelName, names, table.labels]));
  const content = new Uint8Array(head.length + names.length * table.length * 8);
  content.set(head);
  const view = new DataView(content.buffer);
  let offset = head.length;
  for (const name of names) {
    for (const value of table.column(name)) {
      view.setFloat64(offset, value, true);
      offset += 8;
    }
  }
  return sha256(content);
}
