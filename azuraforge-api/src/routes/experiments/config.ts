import type { CatalogEntry } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../error.ts';
import { requireModest } from '../../http/depth.ts';
import { closed, schemaErrors } from '../../schema.ts';

type Config = Record<string, unknown>;

/** The given fields over the pipeline's defaults, checked against its schema. Throws CONFIG_INVALID by form field. */
export function completeConfig(entry: CatalogEntry, given: Config = {}): Config {
  const config = merge(entry.default_config ?? {}, given);
  const details = schemaErrors(closed(entry.config_schema ?? {}), config);
  if (details.length > 0) {
    throw new ApiError(
      'CONFIG_INVALID',
      'The configuration does not fit this pipeline; correct the fields named in the details.',
      {
        details,
      },
    );
  }
  requireModest(config);
  return config;
}

/** Objects are merged field by field; everything else, lists too, is replaced. */
function merge(defaults: Config, given: Config): Config {
  const merged = new Map(Object.entries(defaults));
  for (const [name, value] of Object.entries(given)) {
    const before = merged.get(name);
    merged.set(name, isObject(before) && isObject(value) ? merge(before, value) : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
