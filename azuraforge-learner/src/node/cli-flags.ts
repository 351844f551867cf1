import { parseArgs } from 'node:util';
import { DEVICE_CHOICES } from 'azuraforge-core';
import type { TObject } from 'typebox';
import { ConfigError, LearnerError } from '../error.ts';
import type { AnyPipeline } from '../pipeline.ts';

/** A command line that cannot be understood; the message is one sentence for the terminal. */
export class UsageError extends LearnerError {
  override name = 'UsageError';
}

export interface CliCall<Config> {
  config: Config;
  /** Folder for the model files, or null for the default. */
  out: string | null;
  help: boolean;
}

const OUT = 'out';
const HELP = 'help';

/** Reads `--learning-rate 0.01` and the like into a configuration. Throws UsageError. */
export function readFlags<Config extends object>(
  pipeline: AnyPipeline<Config>,
  argv: readonly string[],
): CliCall<Config> {
  const fields = fieldsOf(pipeline.configSchema);
  const { tokens } = parseArgs({
    args: [...argv],
    // Unknown flags are refused below, in our words.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      [HELP]: { type: 'boolean', short: 'h' },
      [OUT]: { type: 'string' },
      ...Object.fromEntries(
        fields.flatMap(({ key, schema }) => {
          const type: 'boolean' | 'string' = schema.type === 'boolean' ? 'boolean' : 'string';
          return [flagOf(key), key].map((name) => [name, { type }]);
        }),
      ),
    },
  });
  const call = { out: null as string | null, help: false };
  const changes: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      throw new UsageError(`"${token.value}" is not a flag. Write flags as --name value; --help lists them.`);
    }
    if (token.name === HELP) {
      call.help = true;
      continue;
    }
    const field = fields.find(({ key }) => flagOf(key) === flagOf(token.name));
    if (!field && token.name !== OUT) throw unknownFlag(token.rawName, fields);
    if (field?.schema.type === 'boolean' && token.value === undefined) {
      changes[field.key] = true;
      continue;
    }
    if (token.value === undefined || token.value === '') {
      throw new UsageError(
        `${token.rawName} needs a value, such as ${token.rawName} ${field?.schema.default ?? 'folder'}.`,
      );
    }
    if (field) changes[field.key] = valueOf(field, token.value);
    else call.out = token.value;
  }
  if (call.help) return { ...call, config: pipeline.defaultConfig() };
  return { ...call, config: checkedConfig(pipeline, changes) };
}

/** The text of `--help`: every flag with its default, its range and what it does. */
export function helpText<Config extends object>(pipeline: AnyPipeline<Config>, command: string): string {
  const rows = [
    ...fieldsOf(pipeline.configSchema).map(({ key, schema }) => ({
      flag: `--${flagOf(key)} ${placeholder(schema)}`.trimEnd(),
      text: `${schema.description ?? schema.title ?? ''} ${details(schema)}`.trim(),
    })),
    { flag: '--out folder', text: `Where the model files go. (default ./runs/${pipeline.id}-<time>)` },
    { flag: '--help', text: 'Shows this text.' },
  ];
  const width = Math.max(...rows.map(({ flag }) => flag.length));
  const { description = `Trains ${pipeline.id}.` }: FieldSchema = pipeline.configSchema;
  return [
    description,
    '',
    `Usage: ${command} [flags]`,
    '',
    ...rows.map(({ flag, text }) => `  ${flag.padEnd(width)}  ${text}`),
    '',
    `AZURAFORGE_DEVICE=${DEVICE_CHOICES.join('|')} says where to compute. (default auto: a hardware GPU, else wasm)`,
    '',
  ].join('\n');
}

interface FieldSchema {
  type?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  title?: string;
  description?: string;
}

interface Field {
  key: string;
  schema: FieldSchema;
}

function fieldsOf(schema: TObject): Field[] {
  return Object.entries(schema.properties).map(([key, field]) => ({ key, schema: field as FieldSchema }));
}

const flagOf = (key: string): string => key.replaceAll('_', '-');

function valueOf({ schema }: Field, text: string): unknown {
  const numeric = schema.type === 'integer' || schema.type === 'number';
  if (numeric && Number.isFinite(Number(text))) return Number(text);
  if (schema.type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  // What does not fit stays text, so that the schema refuses it in its own words.
  return text;
}

function checkedConfig<Config extends object>(
  pipeline: AnyPipeline<Config>,
  changes: Record<string, unknown>,
): Config {
  try {
    return pipeline.validateConfig({ ...pipeline.defaultConfig(), ...changes });
  } catch (error) {
    const problem = error instanceof ConfigError ? error.details[0] : undefined;
    if (!problem) throw error;
    const given = JSON.stringify(changes[problem.path]);
    throw new UsageError(`--${flagOf(problem.path)} ${given}: ${problem.message} --help lists the ranges.`);
  }
}

function unknownFlag(raw: string, fields: readonly Field[]): UsageError {
  const wanted = flagOf(raw.replace(/^-+/, ''));
  const similar = fields
    .map(({ key }) => flagOf(key))
    .find((flag) => wanted.length > 1 && (flag.includes(wanted) || wanted.includes(flag)));
  return new UsageError(
    `There is no flag ${raw}${similar ? `; did you mean --${similar}?` : '.'} --help lists all flags.`,
  );
}

function placeholder(schema: FieldSchema): string {
  if (schema.enum) return schema.enum.join('|');
  if (schema.type === 'boolean') return '';
  return schema.type === 'integer' ? 'n' : schema.type === 'number' ? 'x' : 'text';
}

function details({ minimum, maximum, default: initial }: FieldSchema): string {
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}, ` : '';
  return `(${range}default ${initial})`;
}
