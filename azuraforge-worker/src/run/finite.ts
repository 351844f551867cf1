/** Throws RangeError that names the first number in `value` that JSON has no word for, and would make null. */
export function requireFinite(value: unknown, path: string[] = []): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`The pipeline answered ${value} at ${path.join('.') || 'the top'}.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) requireFinite(inner, [...path, key]);
}
