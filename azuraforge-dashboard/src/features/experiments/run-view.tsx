'use client';

import { Tabs } from 'antd';
import { useState } from 'react';
import { isTerminal } from 'azuraforge-dbmodels/contract';
import type { ExperimentDetail } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { useModel } from '../models/queries.ts';
import { isForecaster } from '../predictions/input-form.ts';
import { PredictTab } from '../predictions/predict-tab.tsx';
import { ReportTab } from '../reports/report-tab.tsx';
import { RunConfig } from './run-config.tsx';
import { useRunEvents } from './run-events.ts';
import { RunHeader } from './run-header.tsx';
import { RunOutcome } from './run-outcome.tsx';
import { RunTraining } from './run-training.tsx';
import styles from './run-page.module.css';

const TABS = ['training', 'report', 'predict', 'settings'] as const;
type Tab = (typeof TABS)[number];

function isTab(value: string | null): value is Tab {
  return (TABS as readonly (string | null)[]).includes(value);
}

/** A run from its first event to its report. */
export function RunView({ experiment, tab }: { experiment: ExperimentDetail; tab: string | null }) {
  const { t } = useLanguage();
  const { run, connected, refused } = useRunEvents(experiment);
  const [active, setActive] = useState<Tab>(
    isTab(tab) ? tab : experiment.status === 'SUCCESS' ? 'report' : 'training',
  );
  const model = useModel(experiment.model_id);
  const forecasts = model.data !== undefined && isForecaster(model.data.input_schema);
  const status = isTerminal(experiment.status) ? experiment.status : run.status;

  function open(next: Tab): void {
    setActive(next);
    window.history.replaceState(null, '', `?tab=${next}`);
  }

  return (
    <>
      <RunHeader experiment={experiment} run={run} status={status} connected={connected} />
      <div className={styles.stack}>
        <RunOutcome
          experiment={experiment}
          run={run}
          status={status}
          onOpenReport={active === 'training' ? () => open('report') : null}
        />
        <Tabs
          activeKey={active}
          onChange={(key) => isTab(key) && open(key)}
          items={[
            {
              key: 'training',
              label: t('run.tabTraining'),
              children: <RunTraining experiment={experiment} run={run} status={status} refused={refused} />,
            },
            { key: 'report', label: t('run.tabReport'), children: <ReportTab experiment={experiment} /> },
            {
              key: 'predict',
              label: forecasts ? t('run.tabForecast') : t('run.tabPredict'),
              children: <PredictTab experiment={experiment} />,
            },
            { key: 'settings', label: t('run.tabSettings'), children: <RunConfig experiment={experiment} /> },
          ]}
        />
      </div>
    </>
  );
}
