'use client';

import { Button, InputNumber, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import type { FormEvent } from 'react';
import type { ModelDetail } from 'azuraforge-dbmodels/contract';
import { ApiError } from '../../client/error.ts';
import { useLanguage } from '../../i18n/context.tsx';
import { FormRow } from '../../schema-form/form-row.tsx';
import { typedNumber } from '../../schema-form/value.ts';
import { Panel } from '../../shell/page.tsx';
import { usePredict } from '../models/queries.ts';
import { InputProblems } from '../predictions/input-problems.tsx';
import { knownPrediction } from '../predictions/prediction-kind.ts';
import { OtherAnswer } from '../predictions/other-answer.tsx';
import styles from './forecast.module.css';
import { ForecastAnswer } from './forecast-answer.tsx';
import { inputShape } from './input-schema.ts';
import { inputProblems, problemText } from './problems.ts';
import { parseRows, RowsError } from './rows.ts';
import type { Row } from './rows.ts';
import { RowsInput } from './rows-input.tsx';

type Source = 'training' | 'rows';

/** Steps ahead, from the end of the training data or from rows of one's own. */
export function ForecastForm({ model }: { model: ModelDetail }) {
  const { t, locale } = useLanguage();
  const shape = useMemo(() => inputShape(model.input_schema, locale), [model, locale]);
  const titles = new Map(shape.rows?.columns.map((column) => [column.name, column.title]));
  const predict = usePredict(model.id);
  const [source, setSource] = useState<Source>('training');
  const [steps, setSteps] = useState(shape.steps.initial);
  const [text, setText] = useState('');
  const [sent, setSent] = useState<Row[] | null>(null);
  const [problems, setProblems] = useState<string[]>([]);
  const [tried, setTried] = useState(false);

  const ownRows = shape.rows !== null && source === 'rows';

  function readRows(): Row[] | null {
    if (!shape.rows || !ownRows) return null;
    try {
      return parseRows(text, shape.rows.columns);
    } catch (error) {
      if (error instanceof RowsError) return null;
      throw error;
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (predict.isPending) return;
    setTried(true);
    setProblems([]);
    predict.reset();
    const rows = readRows();
    // Why rows cannot be read is said at their field.
    if (ownRows && !rows) return;
    const input = { steps, ...(rows ? { rows } : {}) };
    const found = inputProblems(model.input_schema, input, t);
    setProblems(found);
    setSent(rows);
    if (found.length === 0) predict.mutate(input);
  }

  const known = useMemo(() => predict.data && knownPrediction(predict.data), [predict.data]);
  const failure = predict.error instanceof ApiError ? predict.error : null;
  const listed =
    problems.length > 0 ? problems : (failure?.details ?? []).map((detail) => problemText(detail, sent, t));
  return (
    <div className={styles.tab}>
      <Panel title={t('forecast.lead')}>
        <form className={styles.form} onSubmit={submit} data-testid="forecast-form" noValidate>
          <div className={styles.choices}>
            {shape.rows && (
              <div className={styles.source}>
                <span id="forecast-source" className={styles.label}>
                  {t('forecast.source')}
                </span>
                <Segmented<Source>
                  aria-labelledby="forecast-source"
                  value={source}
                  onChange={(next) => {
                    setSource(next);
                    setProblems([]);
                    setTried(false);
                  }}
                  options={[
                    { value: 'training', label: t('forecast.fromTraining') },
                    { value: 'rows', label: t('forecast.fromRows') },
                  ]}
                />
              </div>
            )}
            <div className={styles.steps}>
              <FormRow
                id="forecast-steps"
                title={t('forecast.steps')}
                hint={t('field.range', { minimum: shape.steps.minimum, maximum: shape.steps.maximum })}
                error={null}
              >
                {({ status: _status, ...control }) => (
                  <InputNumber<number | string>
                    {...control}
                    className={styles.number}
                    inputMode="numeric"
                    min={shape.steps.minimum}
                    max={shape.steps.maximum}
                    precision={0}
                    parser={typedNumber}
                    value={steps}
                    onChange={(next) => setSteps(typeof next === 'number' ? next : shape.steps.initial)}
                  />
                )}
              </FormRow>
            </div>
          </div>
          {ownRows && shape.rows && (
            <RowsInput
              shape={shape.rows}
              help={t('forecast.rowsHelp', { columns: [...titles.keys()].join(', ') })}
              text={text}
              required={tried}
              onChange={setText}
            />
          )}
          <InputProblems problems={listed} failure={problems.length > 0 ? null : failure} />
          <div>
            <Button type="primary" htmlType="submit" loading={predict.isPending} data-testid="submit">
              {predict.isPending ? t('forecast.submitting') : t('forecast.submit')}
            </Button>
          </div>
        </form>
      </Panel>
      {known?.kind === 'forecast' && (
        <ForecastAnswer
          prediction={known.prediction}
          target={titles.get(known.prediction.target) ?? known.prediction.target}
          name={model.name}
        />
      )}
      {known && known.kind !== 'forecast' && <OtherAnswer prediction={known.prediction} name={model.name} />}
    </div>
  );
}
