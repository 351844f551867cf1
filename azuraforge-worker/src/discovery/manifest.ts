import { PLUGIN_API_VERSION, type PluginManifest } from 'azuraforge-dbmodels/contract';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const manifestSchema = Type.Object({
  apiVersion: Type.Integer(),
  displayName: Type.String({ minLength: 1, maxLength: 100 }),
  icon: Type.Optional(Type.String({ minLength: 1 })),
  categories: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 50 }), { maxItems: 20 })),
  pipelines: Type.Array(
    Type.Object({
      id: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,63}$' }),
      module: Type.String({ minLength: 1 }),
      configSchema: Type.String({ minLength: 1 }),
    }),
    { minItems: 1, maxItems: 100 },
  ),
});

/** A manifest that cannot be used; the message tells the plugin's author what to mend. */
export class ManifestError extends Error {
  override name = 'ManifestError';
}

/** Checks the `azuraforge` field of a package.json. Throws ManifestError. */
export function readManifest(field: unknown): PluginManifest {
  const version: unknown =
    typeof field === 'object' && field !== null ? Reflect.get(field, 'apiVersion') : undefined;
  if (typeof version === 'number' && version !== PLUGIN_API_VERSION) {
    throw new ManifestError(
      `"azuraforge.apiVersion" is ${version}; this worker reads version ${PLUGIN_API_VERSION}. Install a version of the plugin that fits.`,
    );
  }
  if (!Value.Check(manifestSchema, field)) {
    const [error] = Value.Errors(manifestSchema, field);
    const where = ['azuraforge', ...(error?.instancePath.split('/').slice(1) ?? [])].join('.');
    throw new ManifestError(`"${where}" in package.json ${error?.message ?? 'is malformed'}.`);
  }
  const ids = field.pipelines.map((pipeline) => pipeline.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice)
    throw new ManifestError(
      `"azuraforge.pipelines" has the id "${twice}" twice; give each pipeline its own.`,
    );
  return field;
}
