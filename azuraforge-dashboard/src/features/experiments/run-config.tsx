'use client';

import { useMemo } from 'react';
import type { ExperimentDetail } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { fieldsOf } from '../../schema-form/field.ts';
import type { Field } from '../../schema-form/field.ts';
import { valueAt } from '../../schema-form/value.ts';
import { Panel } from '../../shell/page.tsx';
import { usePipeline } from '../pipelines/queries.ts';
import styles from './run-config.module.css';

/** Every leaf of a config as a path, for settings that no schema names (any more). */
function leafPaths(config: Record<string, unknown>, prefix = ''): string[] {
  return Object.entries(config).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leafPaths(value as Record<string, unknown>, `${prefix}${key}.`)
      : [prefix + key],
  );
}

/** The settings of a run by their titles; those that differ from the defaults are marked. */
export function RunConfig({ experiment }: { experiment: ExperimentDetail }) {
  const { t, locale, formats } = useLanguage();
  const pipeline = usePipeline(experiment.pipeline_id).data;
  const fields = useMemo(
    () => new Map(fieldsOf(pipeline?.config_schema ?? {}, locale).map((field) => [field.path, field])),
    [pipeline, locale],
  );
  const defaults = pipeline?.default_config ?? null;
  // In the order of the form; the stored config has none of its own.
  const stored = leafPaths(experiment.config);
  const paths = [
    ...[...fields.keys()].filter((path) => stored.includes(path)),
    ...stored.filter((path) => !fields.has(path)),
  ];

  function text(value: unknown, field: Field | undefined): string {
    if (value === null || value === undefined) return t('field.none');
    if (typeof value === 'boolean') return value ? t('field.on') : t('field.off');
    if (typeof value === 'number') return formats.exact(value);
    const label = (item: unknown): string =>
      field?.options.find((option) => option.value === item)?.label ?? String(item);
    return Array.isArray(value) ? value.map(label).join(', ') : label(value);
  }

  return (
    <Panel title={t('run.configTitle')} testId="run-config">
      <dl className={styles.settings}>
        {paths.map((path) => {
          const field = fields.get(path);
          const value = valueAt(experiment.config, path);
          const changed =
            defaults !== null && JSON.stringify(valueAt(defaults, path)) !== JSON.stringify(value);
          return (
            <div key={path}>
              <dt>
                {field?.title ?? path}
                {field && <code>{path}</code>}
              </dt>
              <dd>
                {text(value, field)}
                {changed && <span className={styles.changed}>{t('run.changed')}</span>}
              </dd>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}
