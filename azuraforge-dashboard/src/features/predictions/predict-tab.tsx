'use client';

import { WandSparkles } from 'lucide-react';
import type { ExperimentDetail } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { ForecastForm } from '../forecasts/forecast-form.tsx';
import { useModel } from '../models/queries.ts';
import { isForecaster } from './input-form.ts';
import { PredictForm } from './predict-form.tsx';

/** Asks the model of a finished run, each kind of model as it is asked. */
export function PredictTab({ experiment }: { experiment: ExperimentDetail }) {
  const { t } = useLanguage();
  const model = useModel(experiment.model_id);
  if (experiment.model_id === null) {
    return <MessageState icon={<WandSparkles size={22} />} title={t('predict.unavailable')} />;
  }
  if (model.isPending) return <LoadingState />;
  if (model.isError) return <FailedState error={model.error} onRetry={() => void model.refetch()} />;
  const Form = isForecaster(model.data.input_schema) ? ForecastForm : PredictForm;
  return <Form model={model.data} />;
}
