'use client';

import { Alert, Button, Input } from 'antd';
import { useRouter } from 'next/navigation';
import { useMemo, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import type { FieldError, PipelineDetail } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../client/error.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { fieldsOf } from '../../schema-form/field.ts';
import { FormRow } from '../../schema-form/form-row.tsx';
import { SchemaForm } from '../../schema-form/schema-form.tsx';
import { fieldErrorText, validate } from '../../schema-form/validate.ts';
import styles from './new-experiment-form.module.css';
import { useCreateExperiment } from './queries.ts';

interface NewExperimentFormProps {
  pipeline: PipelineDetail;
  /** Settings of an earlier run, over the defaults. */
  copied: Record<string, unknown> | null;
}

const MAX_NAME_LENGTH = 120;
const NAME_PATH = 'name';

/** The API names a field of the request or of the config; the form knows only the latter. */
function configPath(path: string): string {
  return path.replace(/^config\./, '');
}

/** The settings of a pipeline, checked here by the very schema that the API and the worker check by. */
export function NewExperimentForm({ pipeline, copied }: NewExperimentFormProps) {
  const { t, locale } = useLanguage();
  const router = useRouter();
  const create = useCreateExperiment();
  const form = useRef<HTMLFormElement>(null);
  const defaults = useMemo(() => pipeline.default_config ?? {}, [pipeline]);
  const schema = useMemo(() => pipeline.config_schema ?? {}, [pipeline]);
  const fields = useMemo(() => fieldsOf(schema, locale), [schema, locale]);
  const [name, setName] = useState('');
  const [config, setConfig] = useState<Record<string, unknown>>(() => ({ ...defaults, ...copied }));
  const [problems, setProblems] = useState<FieldError[]>([]);
  /** Once sent, a field is checked while it is typed, so that a correction shows at once. */
  const [tried, setTried] = useState(false);

  const known = new Set(fields.map((field) => field.path));
  const errors = new Map<string, string>();
  for (const problem of problems) {
    // A wrong element of a list is shown at the list.
    const owner = known.has(problem.path)
      ? problem.path
      : [...known].find((path) => problem.path.startsWith(`${path}.`));
    errors.set(owner ?? problem.path, fieldErrorText(problem, t));
  }
  const homeless = [...errors].filter(([path]) => !known.has(path) && path !== NAME_PATH);
  const failure = create.error instanceof ApiError ? create.error : null;

  function focusFirstError(): void {
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid="true"] input')?.focus(),
    );
  }

  function change(next: Record<string, unknown>, path: string): void {
    setConfig(next);
    if (!tried) return;
    const others = problems.filter(
      (problem) => problem.path !== path && !problem.path.startsWith(`${path}.`),
    );
    const own = validate(schema, next).filter(
      (problem) => problem.path === path || problem.path.startsWith(`${path}.`),
    );
    setProblems([...others, ...own]);
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (create.isPending) return;
    setTried(true);
    const found = validate(schema, config);
    setProblems(found);
    if (found.length > 0) {
      focusFirstError();
      return;
    }
    create.mutate(
      { pipeline_id: pipeline.id, config, ...(name.trim() ? { name: name.trim() } : {}) },
      {
        onSuccess: (answer) => router.push(`/experiments/${answer.experiment_id}`),
        onError: (error) => {
          if (!(error instanceof ApiError) || error.details.length === 0) return;
          setProblems(error.details.map((detail) => ({ ...detail, path: configPath(detail.path) })));
          focusFirstError();
        },
      },
    );
  }

  function reset(): void {
    setConfig(defaults);
    setProblems([]);
    setTried(false);
    create.reset();
  }

  const count = errors.size;
  return (
    <form
      ref={form}
      className={styles.form}
      onSubmit={submit}
      data-testid="experiment-form"
      data-pipeline={pipeline.id}
      noValidate
    >
      <div className={styles.name}>
        <FormRow
          id="experiment-name"
          title={t('new.name')}
          help={t('new.nameHelp')}
          error={errors.get(NAME_PATH) ?? null}
          optional
        >
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={MAX_NAME_LENGTH}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </FormRow>
      </div>
      {fields.length > 0 ? (
        <SchemaForm fields={fields} value={config} errors={errors} onChange={change} />
      ) : (
        <p>{t('new.noSettings')}</p>
      )}
      <div role="alert" data-testid="form-problems">
        {failure && count === 0 && (
          <Alert
            type="error"
            showIcon
            title={t(`error.${failure.code}`)}
            description={failure.requestId ? t('state.requestId', { id: failure.requestId }) : undefined}
          />
        )}
        {count > 0 && (
          <Alert
            type="error"
            showIcon
            title={t('new.fixFields', { count })}
            description={
              homeless.length > 0 &&
              homeless.map(([path, text]) => (
                <div key={path}>
                  {path && <code>{path}</code>} {text}
                </div>
              ))
            }
          />
        )}
      </div>
      <div className={styles.actions}>
        <Button type="primary" size="large" htmlType="submit" loading={create.isPending} data-testid="submit">
          {create.isPending ? t('new.submitting') : t('new.submit')}
        </Button>
        <Button size="large" type="text" onClick={reset} disabled={create.isPending}>
          {t('new.reset')}
        </Button>
      </div>
    </form>
  );
}
