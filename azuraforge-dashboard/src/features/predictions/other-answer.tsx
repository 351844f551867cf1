'use client';

import type { Prediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import styles from './predictions.module.css';

/** An answer of a kind that is not known here, as it came. */
export function OtherAnswer({ prediction }: { prediction: Prediction }) {
  const { t } = useLanguage();
  return (
    <Panel testId="other-answer" title={t('predict.other')} description={t('predict.otherHelp')}>
      <pre className={styles.json}>{JSON.stringify(prediction, null, 2)}</pre>
    </Panel>
  );
}
