import { describe, expect, test } from '@jest/globals';
import { inputShape } from '../src/features/forecasts/input-schema.ts';
import type { InputColumn } from '../src/features/forecasts/input-schema.ts';
import { inputProblems, problemText } from '../src/features/forecasts/problems.ts';
import { parseRows, RowsError, toCsv } from '../src/features/forecasts/rows.ts';
import { createTranslate } from '../src/i18n/translate.ts';

const t = createTranslate('en');
const columns: InputColumn[] = [
  { name: 'date', kind: 'text', title: 'Date', required: true },
  { name: 'temp', kind: 'number', title: 'Temperature', required: true },
  { name: 'wind', kind: 'number', title: 'Wind', required: false },
];

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    steps: { type: 'integer', minimum: 1, maximum: 7, default: 7 },
    rows: {
      type: 'array',
      minItems: 2,
      maxItems: 3,
      items: {
        type: 'object',
        required: ['date', 'temp'],
        properties: {
          date: { type: 'string', title: 'Date', 'x-i18n': { tr: { title: 'Tarih' } } },
          temp: { type: 'number' },
          wind: { type: 'number' },
        },
      },
    },
  },
};

function refusal(text: string): string {
  try {
    parseRows(text, columns);
  } catch (error) {
    if (error instanceof RowsError) return error.describe(t);
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseRows', () => {
  test('reads CSV by its header, with numbers where the model wants numbers', () => {
    expect(parseRows('date,temp,wind\n2015-01-01,3.5,1e1\n2015-01-02,-2,\n', columns)).toEqual([
      { date: '2015-01-01', temp: 3.5, wind: 10 },
      { date: '2015-01-02', temp: -2 },
    ]);
  });

  test('finds out the delimiter; without commas between cells, a comma is a decimal comma', () => {
    expect(parseRows('date;temp\n2015-01-01;3,5\n2015-01-02;4', columns)).toEqual([
      { date: '2015-01-01', temp: 3.5 },
      { date: '2015-01-02', temp: 4 },
    ]);
    expect(parseRows('date\ttemp\r\n2015-01-01\t3,5\r\n', columns)).toEqual([
      { date: '2015-01-01', temp: 3.5 },
    ]);
  });

  test('understands quotes, a byte order mark, blank lines and blanks around names', () => {
    expect(parseRows('\uFEFF"date", temp \n\n"2015-01-01"," 3 "\n\n', columns)).toEqual([
      { date: '2015-01-01', temp: 3 },
    ]);
  });

  test('reads JSON rows, and the body of a request', () => {
    const rows = [{ date: '2015-01-01', temp: 1 }];
    expect(parseRows(JSON.stringify(rows), columns)).toEqual(rows);
    expect(parseRows(JSON.stringify({ steps: 3, rows }), columns)).toEqual(rows);
  });

  test('leaves what is no number as it is, for the schema to name', () => {
    expect(parseRows('date,temp\n2015-01-01,NaN', columns)).toEqual([{ date: '2015-01-01', temp: 'NaN' }]);
  });

  test('refuses what cannot be rows, and says why', () => {
    expect(refusal('  \n')).toBe('Paste at least one row, or choose a file.');
    expect(refusal('[]')).toBe('Paste at least one row, or choose a file.');
    expect(refusal('date,temp')).toBe('Paste at least one row, or choose a file.');
    expect(refusal('[1, 2]')).toBe('JSON must be a list of objects, one per row.');
    expect(refusal('{"steps": 3}')).toBe('JSON must be a list of objects, one per row.');
    expect(refusal('[{"temp": NaN}]')).toMatch(/^This is not valid JSON: /);
    expect(refusal('2015-01-01,3\n2015-01-02,4')).toBe('The first line must name the columns.');
    expect(refusal('date,temp,temp\n2015-01-01,3,4')).toBe('The column temp appears twice.');
    expect(refusal('date,temp\n2015-01-01,3\n2015-01-02,4,5')).toBe(
      'Line 3 has 3 values, but there are 2 columns.',
    );
    expect(refusal('date,wind\n2015-01-01,3')).toBe('The column temp is missing.');
    expect(refusal('wind\n3')).toBe('These columns are missing: date, temp.');
    expect(refusal('[{"date":"2015-01-01"}]')).toBe('The column temp is missing.');
    expect(refusal('date,temp\n"2015-01-01,3')).toMatch(/^The table cannot be read: /);
  });
});

describe('inputShape', () => {
  test('reads steps, rows and columns out of a model schema', () => {
    expect(inputShape(schema, 'tr')).toEqual({
      steps: { minimum: 1, maximum: 7, initial: 7 },
      rows: {
        minimum: 2,
        maximum: 3,
        columns: [
          { name: 'date', kind: 'text', title: 'Tarih', required: true },
          { name: 'temp', kind: 'number', title: 'temp', required: true },
          { name: 'wind', kind: 'number', title: 'wind', required: false },
        ],
      },
    });
  });

  test('a model without rows takes only steps', () => {
    expect(
      inputShape({ type: 'object', properties: { steps: { type: 'integer', maximum: 3 } } }, 'en'),
    ).toEqual({
      steps: { minimum: 1, maximum: 3, initial: 3 },
      rows: null,
    });
  });
});

describe('inputProblems', () => {
  const row = { date: '2015-01-01', temp: 1 };

  test('nothing is wrong with what fits', () => {
    expect(inputProblems(schema, { steps: 7, rows: [row, row] }, t)).toEqual([]);
    expect(inputProblems(schema, { steps: 7 }, t)).toEqual([]);
  });

  test('names row and column as people count them', () => {
    expect(inputProblems(schema, { steps: 7, rows: [row, { date: 'x', temp: 'NaN' }] }, t)).toEqual([
      'Row 2, temp: Enter a number.',
    ]);
    expect(inputProblems(schema, { steps: 7, rows: [{ date: 'x' }, row] }, t)).toEqual([
      'Row 1, temp: Please fill this in.',
    ]);
  });

  test('counts rows that are too few or too many', () => {
    expect(inputProblems(schema, { steps: 7, rows: [row] }, t)).toEqual([
      '1 row given; at least 2 are needed.',
    ]);
    expect(inputProblems(schema, { steps: 7, rows: [row, row, row, row] }, t)).toEqual([
      '4 rows given; at most 3 are allowed.',
    ]);
  });

  test('what the API finds is told in the same way', () => {
    const text = problemText({ path: 'rows.4.date', message: 'Must be a date.', keyword: 'holiday' }, [], t);
    expect(text).toBe('Row 5, date: Must be a date.');
  });
});

describe('toCsv', () => {
  test('writes a header and quotes what needs it', () => {
    expect(toCsv([{ step: 'Jan 1, 2016', forecast: 1.5, naive: -2 }])).toBe(
      'step,forecast,naive\n"Jan 1, 2016",1.5,-2\n',
    );
  });

  test('no cell becomes a formula in a spreadsheet', () => {
    expect(toCsv([{ step: '=1+1', forecast: 1 }])).toBe('step,forecast\n"\'=1+1",1\n');
  });
});
