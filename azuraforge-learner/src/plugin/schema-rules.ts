import type { AnyPipeline } from '../pipeline.ts';
import { expect, expectError } from './expectation.ts';

interface FieldSchema {
  type?: string;
  enum?: unknown[];
  title?: unknown;
  description?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  'x-i18n'?: { tr?: { title?: unknown; description?: unknown } };
}

const filled = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '';

function fieldsOf(pipeline: AnyPipeline): [key: string, field: FieldSchema][] {
  return Object.entries(pipeline.configSchema.properties) as [string, FieldSchema][];
}

/** The schema makes a form in both languages, and its defaults are a configuration. */
export function checkSchema(pipeline: AnyPipeline): void {
  const schema: Record<string, unknown> = JSON.parse(JSON.stringify(pipeline.configSchema));
  expect(schema['type'] === 'object', 'configSchema must be an object schema: Type.Object({ … }).');
  expect(
    schema['additionalProperties'] === false,
    'configSchema must be closed, so that a mistyped field is found: { additionalProperties: false }.',
  );
  const fields = fieldsOf(pipeline);
  expect(fields.length > 0, 'configSchema must have at least one field.');
  for (const [key, field] of fields) {
    expect(/^[a-z][a-z0-9_]*$/.test(key), `configSchema.${key}: write field names in snake_case.`);
    expect(filled(field.title), `configSchema.${key} needs a title.`);
    expect(filled(field.description), `configSchema.${key} needs a description.`);
    const turkish = field['x-i18n']?.tr;
    expect(
      filled(turkish?.title) && filled(turkish?.description),
      `configSchema.${key} needs its Turkish texts: 'x-i18n': { tr: { title, description } }.`,
    );
    expect(field.default !== undefined, `configSchema.${key} needs a default.`);
  }
  const config = pipeline.defaultConfig();
  pipeline.validateConfig(config);
  for (const [key] of fields) {
    expect(key in config, `defaultConfig() has no "${key}", though the schema has.`);
  }
}

/** Every wrong field is refused, and named. */
export async function checkBadConfig(pipeline: AnyPipeline): Promise<void> {
  const refuse = async (change: Record<string, unknown>): Promise<void> => {
    const [path] = Object.keys(change);
    const situation = `validateConfig() with ${JSON.stringify(change)}`;
    const error = await expectError('ConfigError', situation, () =>
      pipeline.validateConfig({ ...pipeline.defaultConfig(), ...change }),
    );
    expect(
      error.details?.some((detail) => detail.path === path && filled(detail.message)),
      `${situation}: the error's details must name the path "${path}" and say what to do.`,
    );
  };
  await refuse({ no_such_field: 1 });
  for (const [key, field] of fieldsOf(pipeline)) {
    await refuse({ [key]: null });
    if (field.minimum !== undefined) await refuse({ [key]: field.minimum - 1 });
    if (field.maximum !== undefined) await refuse({ [key]: field.maximum + 1 });
    if (field.enum) await refuse({ [key]: 'no such choice' });
  }
  await expectError('ConfigError', 'validateConfig(null)', () => pipeline.validateConfig(null));
}

/** A configuration that trains in seconds: the fields that make runs long, at small values that the schema allows. */
export function smallConfig(pipeline: AnyPipeline): Record<string, unknown> {
  const small: Record<string, number> = {
    epochs: 2,
    batch_size: 128,
    channels: 4,
    blocks: 1,
    hidden_size: 4,
    num_layers: 1,
    window: 8,
    horizon: 3,
  };
  const config: Record<string, unknown> = { ...pipeline.defaultConfig() };
  for (const [key, field] of fieldsOf(pipeline)) {
    const value = small[key];
    if (value === undefined) continue;
    config[key] = Math.min(Math.max(value, field.minimum ?? value), field.maximum ?? value);
  }
  return config;
}
