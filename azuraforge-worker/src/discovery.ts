import { availableParallelism } from 'node:os';
import type { CatalogEntry, PipelineProblem, PluginManifest } from 'azuraforge-dbmodels/contract';
import { ManifestError, readManifest } from './discovery/manifest.ts';
import { fileInside, findPackages, type PluginPackage, readShort } from './discovery/package.ts';
import { readConfigSchema, SchemaError } from './discovery/schema.ts';
import { type Log, reasonOf } from './log.ts';
import type { Sandbox } from './run/sandbox.ts';
import { Child } from './run/supervisor.ts';

const MAX_ICON_BYTES = 64 * 1024;

/** A pipeline as the catalogue shows it, before it is known which workers offer it. */
export type CatalogDraft = Omit<CatalogEntry, 'workers'>;

export interface DiscoveredPipeline {
  entry: CatalogDraft;
  /** Absolute path of the module; null when the entry has a problem. */
  module: string | null;
}

export interface DiscoveryOptions {
  /** Absolute `node_modules` folders. */
  folders: string[];
  sandbox: Sandbox;
  probeTimeoutMs: number;
  log: Log;
}

type ManifestPipeline = PluginManifest['pipelines'][number];

const loadFailed = (message: string): PipelineProblem => ({ code: 'LOAD_FAILED', message });

/** Loads a pipeline once in a child process: code that throws or hangs on load harms nobody there. */
async function probe(
  pipelineId: string,
  module: string,
  options: DiscoveryOptions,
): Promise<PipelineProblem | null> {
  const { sandbox, probeTimeoutMs, log } = options;
  const child = new Child({
    request: { kind: 'probe', module, pipelineId },
    sandbox,
    log,
    timeoutMs: probeTimeoutMs,
  });
  const outcome = await child.outcome;
  switch (outcome.kind) {
    case 'loaded':
      return null;
    case 'failed':
      log.warn('A pipeline cannot be loaded', {
        pipeline: pipelineId,
        reason: outcome.message,
        stack: outcome.stack,
      });
      return loadFailed(`The pipeline cannot be loaded: ${outcome.message}`);
    case 'timeout':
      return loadFailed(`The pipeline did not load within ${probeTimeoutMs / 1000} seconds.`);
    case 'died':
      return loadFailed(`The process that loaded the pipeline ${outcome.reason}.`);
    default:
      return loadFailed('The pipeline did something else than load.');
  }
}

function problemOf(error: unknown): PipelineProblem {
  if (error instanceof SchemaError) return { code: 'SCHEMA_INVALID', message: error.message };
  if (error instanceof ManifestError) return { code: 'MANIFEST_INVALID', message: error.message };
  return { code: 'MANIFEST_INVALID', message: `The package cannot be read: ${reasonOf(error)}` };
}

async function readIcon(plugin: PluginPackage, manifest: PluginManifest, log: Log): Promise<string | null> {
  if (manifest.icon === undefined) return null;
  const field = 'azuraforge.icon';
  try {
    const text = await readShort(await fileInside(plugin, manifest.icon, field), field, MAX_ICON_BYTES);
    if (!text.includes('<svg')) throw new ManifestError(`"${field}" is no SVG document.`);
    return text;
  } catch (error) {
    // An app without its picture still works.
    log.warn('The icon of a plugin cannot be shown', { plugin: plugin.name, reason: reasonOf(error) });
    return null;
  }
}

function draft(plugin: PluginPackage, id: string, manifest: PluginManifest | null): CatalogDraft {
  return {
    id,
    plugin: {
      name: plugin.name,
      version: plugin.version,
      display_name: manifest?.displayName ?? plugin.name,
      description: plugin.description,
      categories: manifest?.categories ?? [],
    },
    icon: null,
    config_schema: null,
    default_config: null,
    problem: null,
  };
}

async function readPipeline(
  entry: CatalogDraft,
  plugin: PluginPackage,
  pipeline: ManifestPipeline,
  options: DiscoveryOptions,
): Promise<DiscoveredPipeline> {
  try {
    const modulePath = await fileInside(
      plugin,
      pipeline.module,
      `azuraforge.pipelines.${pipeline.id}.module`,
    );
    const field = `azuraforge.pipelines.${pipeline.id}.configSchema`;
    const text = await readShort(await fileInside(plugin, pipeline.configSchema, field), field);
    const { schema, defaults } = readConfigSchema(text);
    const problem = await probe(pipeline.id, modulePath, options);
    return {
      entry: { ...entry, config_schema: schema, default_config: defaults, problem },
      module: problem ? null : modulePath,
    };
  } catch (error) {
    return { entry: { ...entry, problem: problemOf(error) }, module: null };
  }
}

/** Runs all tasks, at most `limit` at a time; results in the order of the tasks. */
async function inParallel<T>(tasks: (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = [];
  const waiting = tasks.entries();
  const lanes = Array.from({ length: Math.min(limit, tasks.length) }, async () => {
    for (const [index, task] of waiting) results[index] = await task();
  });
  await Promise.all(lanes);
  return results;
}

/**
 * Finds every installed plugin and tries each of its pipelines. Never throws because of a plugin: what is wrong with one
 * stands in its entry, and the others are as if it were not there.
 */
export async function discoverPipelines(options: DiscoveryOptions): Promise<DiscoveredPipeline[]> {
  const owners = new Map<string, string>();
  const found = new Map<string, () => Promise<DiscoveredPipeline>>();
  const broken: DiscoveredPipeline['entry'][] = [];
  for (const plugin of await findPackages(options.folders)) {
    let manifest: PluginManifest;
    try {
      manifest = readManifest(plugin.manifest);
    } catch (error) {
      broken.push({ ...draft(plugin, plugin.name, null), problem: problemOf(error) });
      continue;
    }
    const icon = await readIcon(plugin, manifest, options.log);
    for (const pipeline of manifest.pipelines) {
      const entry = { ...draft(plugin, pipeline.id, manifest), icon };
      const owner = owners.get(pipeline.id);
      if (owner) {
        const message = `The pipeline id "${pipeline.id}" belongs to ${owner} already; remove one of the two plugins.`;
        const id = `${plugin.name}:${pipeline.id}`;
        found.set(id, async () => ({
          entry: { ...entry, id, problem: { code: 'DUPLICATE_ID', message } },
          module: null,
        }));
      } else {
        owners.set(pipeline.id, plugin.name);
        found.set(pipeline.id, () => readPipeline(entry, plugin, pipeline, options));
      }
    }
  }
  for (const entry of broken) {
    // A package without pipelines stands under its own name, unless another plugin's pipeline is called so.
    const id = found.has(entry.id) ? `${entry.id}:manifest` : entry.id;
    found.set(id, async () => ({ entry: { ...entry, id }, module: null }));
  }
  return inParallel([...found.values()], availableParallelism());
}
