/** The version of the plugin manifest that this platform reads. */
export const PLUGIN_API_VERSION = 1;

/** The field of a plugin's package.json. */
export const MANIFEST_FIELD = 'azuraforge';

/** The `azuraforge` field, read without running the plugin's code. */
export interface PluginManifest {
  apiVersion: number;
  displayName: string;
  icon?: string;
  categories?: string[];
  pipelines: { id: string; module: string; configSchema: string }[];
}

/**
 * A JSON Schema (draft 2020-12) of an object. Texts may carry translations beside them:
 * `"x-i18n": { "tr": { "title": "…", "description": "…" } }`.
 */
export type JsonSchema = Record<string, unknown>;

export interface PipelineProblem {
  code: 'MANIFEST_INVALID' | 'SCHEMA_INVALID' | 'LOAD_FAILED' | 'DUPLICATE_ID';
  message: string;
}

/** One value of the catalogue hash in Redis. */
export interface CatalogEntry {
  /** The pipeline id, or the package name when the manifest is too broken to name one. */
  id: string;
  plugin: { name: string; version: string; display_name: string; description: string; categories: string[] };
  /** An SVG document, or null. */
  icon: string | null;
  config_schema: JsonSchema | null;
  default_config: Record<string, unknown> | null;
  /** Null when the pipeline can be started. */
  problem: PipelineProblem | null;
  /** Ids of the workers that offer it. */
  workers: string[];
}

/** The heartbeat value of `azuraforge:workers:{id}`. */
export interface WorkerHeartbeat {
  id: string;
  host: string;
  pid: number;
  version: string;
  started_at: string;
  device: string;
  concurrency: number;
  running: number;
  pipelines: string[];
}

/** A pipeline as `GET /pipelines` lists it. */
export interface PipelineListItem {
  id: string;
  plugin: CatalogEntry['plugin'];
  icon: string | null;
  status: 'ready' | 'broken';
  problem: PipelineProblem | null;
  workers: number;
}

/** A pipeline as `GET /pipelines/{id}` shows it. */
export interface PipelineDetail extends PipelineListItem {
  config_schema: JsonSchema | null;
  default_config: Record<string, unknown> | null;
}
