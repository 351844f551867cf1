'use client';

import { ChartSpline } from 'lucide-react';
import type { ExperimentDetail } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { useModel } from '../models/queries.ts';
import { ForecastForm } from './forecast-form.tsx';

/** Asks the model of a finished run for what comes next. */
export function ForecastTab({ experiment }: { experiment: ExperimentDetail }) {
  const { t } = useLanguage();
  const model = useModel(experiment.model_id);
  if (experiment.model_id === null) {
    return <MessageState icon={<ChartSpline size={22} />} title={t('forecast.unavailable')} />;
  }
  if (model.isPending) return <LoadingState />;
  if (model.isError) return <FailedState error={model.error} onRetry={() => void model.refetch()} />;
  return <ForecastForm model={model.data} />;
}
