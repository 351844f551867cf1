import type { Module } from './module.ts';

/** A table for people: the name, shape and number of weights of every parameter, and their total. */
export function summary(model: Module): string {
  const rows: [name: string, shape: string, size: string][] = model
    .namedParameters()
    .map(([name, { shape, size }]) => [name, `[${shape.join(', ')}]`, size.toLocaleString('en')]);
  rows.push(['total', '', model.parameterCount().toLocaleString('en')]);
  const width = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length));
  return rows
    .map(
      ([name, shape, size]) =>
        `${name.padEnd(width(0))}  ${shape.padEnd(width(1))}  ${size.padStart(width(2))}`,
    )
    .join('\n');
}
