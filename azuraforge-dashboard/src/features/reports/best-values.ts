import type { ScoresSection } from 'azuraforge-dbmodels/contract';

/** The best value of each column; a column in which nothing is better, or nothing is given, has none. */
export function bestValues({ columns, rows }: ScoresSection): Map<string, number> {
  const best = new Map<string, number>();
  for (const { key, better } of columns) {
    const values = rows.map((row) => row.values[key]).filter((value) => typeof value === 'number');
    if (better === 'none' || values.length < 2) continue;
    best.set(key, better === 'lower' ? Math.min(...values) : Math.max(...values));
  }
  return best;
}
