'use client';

import { Button, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import type { FormEvent } from 'react';
import type { FieldError, ModelDetail, PredictionInput } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../client/error.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { fieldErrorText, validate } from '../../schema-form/validate.ts';
import { Panel } from '../../shell/page.tsx';
import { problemText } from '../forecasts/problems.ts';
import { parseRows, RowsError } from '../forecasts/rows.ts';
import type { Row } from '../forecasts/rows.ts';
import { RowsInput } from '../forecasts/rows-input.tsx';
import { usePredict } from '../models/queries.ts';
import { AskedFieldRow } from './asked-field.tsx';
import { inputForm, initialValues, inputOf, shownPaths } from './input-form.ts';
import { InputProblems } from './input-problems.tsx';
import { PredictionAnswer } from './prediction-answer.tsx';
import styles from './predictions.module.css';
import { RowCards } from './row-cards.tsx';
import type { Card } from './row-cards.tsx';

type Source = 'cards' | 'table';

/** A form made from what the model's input schema asks for, and below it what the model answers. */
export function PredictForm({ model }: { model: ModelDetail }) {
  const { t, locale } = useLanguage();
  const form = useMemo(() => inputForm(model.input_schema, locale), [model, locale]);
  const { rows } = form;
  const predict = usePredict(model.id);
  const [values, setValues] = useState<Row>(() => initialValues(form.fields));
  const [source, setSource] = useState<Source>('cards');
  const [cards, setCards] = useState<Card[]>(() =>
    Array.from({ length: rows?.minimum ?? 0 }, (_, id) => ({ id, row: initialValues(rows?.fields ?? []) })),
  );
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [found, setFound] = useState<FieldError[]>([]);
  /** Paths that were changed since they were found wrong. */
  const [changed, setChanged] = useState<string[]>([]);

  const pasting = rows !== null && source === 'table';
  const mayPaste = rows?.fields.every(({ look }) => look === 'plain' || look === 'text') ?? false;

  function readInput(): PredictionInput | null {
    if (!rows || !pasting) return inputOf(values, rows && cards.map(({ row }) => row));
    try {
      return { ...inputOf(values, null), rows: parseRows(text, rows.columns) };
    } catch (error) {
      // Why rows cannot be read is said at their field.
      if (error instanceof RowsError) return null;
      throw error;
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (predict.isPending) return;
    setTried(true);
    setChanged([]);
    predict.reset();
    const input = readInput();
    const problems = input ? validate(model.input_schema, input) : [];
    setFound(problems);
    if (input && problems.length === 0) predict.mutate(input);
  }

  const failure = predict.error instanceof ApiError ? predict.error : null;
  const wrong = (failure?.details ?? found).filter(({ path }) => !changed.includes(path));
  const shown = shownPaths(form, pasting ? 0 : cards.length);
  const errors = new Map(
    wrong.filter(({ path }) => shown.has(path)).map((error) => [error.path, fieldErrorText(error, t)]),
  );
  const sentRows = Array.isArray(predict.variables?.rows) ? (predict.variables.rows as Row[]) : null;
  const unshown = wrong.filter(({ path }) => !shown.has(path));
  return (
    <div className={styles.tab}>
      <Panel title={t('predict.lead')} description={rows?.help}>
        <form className={styles.form} onSubmit={submit} data-testid="predict-form" noValidate>
          {rows && mayPaste && (
            <Segmented<Source>
              className={styles.source}
              aria-label={t('forecast.rows')}
              value={source}
              onChange={(next) => {
                setSource(next);
                setFound([]);
                setTried(false);
                predict.reset();
              }}
              options={[
                { value: 'cards', label: t('predict.fillIn') },
                { value: 'table', label: t('predict.paste') },
              ]}
            />
          )}
          {rows && pasting && (
            <RowsInput
              shape={rows}
              help={t('predict.rowsHelp', { columns: rows.columns.map(({ name }) => name).join(', ') })}
              text={text}
              required={tried}
              onChange={setText}
            />
          )}
          {rows && !pasting && (
            <RowCards
              shape={rows}
              cards={cards}
              errors={errors}
              onChange={(next, paths) => {
                setCards(next);
                setChanged([...changed, ...paths]);
              }}
            />
          )}
          {form.fields.length > 0 && (
            <div className={styles.fields}>
              {form.fields.map((field) => (
                <AskedFieldRow
                  key={field.path}
                  field={field}
                  value={values[field.path]}
                  error={errors.get(field.path) ?? null}
                  onChange={(value) => {
                    setValues({ ...values, [field.path]: value });
                    setChanged([...changed, field.path]);
                  }}
                />
              ))}
            </div>
          )}
          <InputProblems
            problems={unshown.map((error) => problemText(error, sentRows, t))}
            failure={failure}
          />
          <div>
            <Button type="primary" htmlType="submit" loading={predict.isPending} data-testid="submit">
              {predict.isPending ? t('predict.submitting') : t('predict.submit')}
            </Button>
          </div>
        </form>
      </Panel>
      {predict.data && <PredictionAnswer prediction={predict.data} sent={sentRows} name={model.name} />}
    </div>
  );
}
