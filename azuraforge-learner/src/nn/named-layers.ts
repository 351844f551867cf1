import { ArgumentError } from '../error.ts';
import type { Module, Named } from './module.ts';

/** The layers by their names, a list's by their numbers. Throws ArgumentError for none, and for a name that torch has no place for. */
export function namedLayers(
  owner: string,
  layers: readonly Module[] | Readonly<Record<string, Module>>,
): Named<Module>[] {
  const named = Object.entries(layers);
  if (named.length === 0) throw new ArgumentError(`${owner} needs at least one layer.`);
  const wrong = named.find(([name]) => !/^\w+$/.test(name));
  if (wrong) {
    throw new ArgumentError(
      `${owner}: the name "${wrong[0]}" may hold only letters, digits and underscores.`,
    );
  }
  return named;
}
