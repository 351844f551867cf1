import Papa from 'papaparse';
import type { Translate } from '../../i18n/translate.ts';
import type { InputColumn } from './input-schema.ts';

export type Row = Record<string, unknown>;

/** A table that cannot be read; `describe` says why, and where, in the reader's language. */
export class RowsError extends Error {
  override readonly name = 'RowsError';
  constructor(readonly describe: (t: Translate) => string) {
    super('The rows cannot be read.');
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RowsError((t) => t('rows.jsonBroken', { reason }));
  }
  // The body of a predict request may be pasted as it is.
  const rows = isRow(value) ? value.rows : value;
  if (!Array.isArray(rows) || !rows.every(isRow)) throw new RowsError((t) => t('rows.jsonNotRows'));
  return rows;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A cell as its column's kind. What is not a number stays text, for the schema to refuse by name. */
function cellValue(text: string, kind: InputColumn['kind'], decimalComma: boolean): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (kind === 'text') return trimmed;
  const plain = decimalComma && /^[+-]?\d*,\d+$/.test(trimmed) ? trimmed.replace(',', '.') : trimmed;
  return NUMBER.test(plain) ? Number(plain) : trimmed;
}

function parseTable(text: string, columns: InputColumn[]): Row[] {
  const { data, errors, meta } = Papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t', '|'],
  });
  // A single column has no delimiter to find; that is not a fault of the table.
  const fault = errors.find((error) => error.type !== 'Delimiter');
  if (fault) throw new RowsError((t) => t('rows.unreadable', { reason: fault.message }));
  const [header = [], ...lines] = data;
  const names = header.map((name) => name.trim());
  if (names.length === 0 || names.some((name) => name === '' || NUMBER.test(name))) {
    throw new RowsError((t) => t('rows.noColumns'));
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RowsError((t) => t('rows.duplicateColumn', { column: twice }));
  const kinds = new Map(columns.map((column) => [column.name, column.kind]));
  return lines.map((cells, index) => {
    if (cells.length !== names.length) {
      throw new RowsError((t) =>
        t('rows.wrongWidth', { line: index + 2, found: cells.length, expected: names.length }),
      );
    }
    const values = names.map((name, column) => [
      name,
      cellValue(cells[column] ?? '', kinds.get(name) ?? 'text', meta.delimiter !== ','),
    ]);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Row;
  });
}

/**
 * Reads rows from what somebody pasted or uploaded: a JSON list of objects, or a table with a header line whose
 * delimiter is found out (comma, semicolon, tab, bar; with any but the comma, `1,5` is a number too).
 * Throws `RowsError`. Whether the values suit a model is for its schema to say.
 */
export function parseRows(text: string, columns: InputColumn[]): Row[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') throw new RowsError((t) => t('rows.empty'));
  const rows = /^[[{]/.test(trimmed) ? parseJson(trimmed) : parseTable(trimmed, columns);
  if (rows.length === 0) throw new RowsError((t) => t('rows.empty'));
  const missing = columns
    .filter((column) => column.required && rows.every((row) => !Object.hasOwn(row, column.name)))
    .map(({ name }) => name);
  if (missing.length > 0) {
    throw new RowsError((t) =>
      t('rows.missingColumns', { count: missing.length, columns: missing.join(', ') }),
    );
  }
  return rows;
}

/** Rows as CSV text with a header line. */
export function toCsv(rows: Record<string, string | number>[]): string {
  return `${Papa.unparse(rows, { newline: '\n', escapeFormulae: true })}\n`;
}
