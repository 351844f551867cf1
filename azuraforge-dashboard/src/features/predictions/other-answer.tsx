'use client';

import { useMemo } from 'react';
import type { Prediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import { DownloadButton } from './download-button.tsx';
import styles from './predictions.module.css';

/** An answer may have mebibytes, which no page shows quickly. */
const MOST_CHARACTERS = 20_000;

/** An answer of a kind that is not known here, as it came; `name` is the model's. */
export function OtherAnswer({ prediction, name }: { prediction: Prediction; name: string }) {
  const { t } = useLanguage();
  const json = useMemo(() => JSON.stringify(prediction, null, 2), [prediction]);
  const isCut = json.length > MOST_CHARACTERS;
  return (
    <Panel
      testId="other-answer"
      title={t('predict.other')}
      description={t('predict.otherHelp')}
      aside={<DownloadButton name={name} kind="json" content={() => json} />}
    >
      <pre className={styles.json}>{isCut ? `${json.slice(0, MOST_CHARACTERS)}…` : json}</pre>
      {isCut && <p className={styles.more}>{t('predict.otherCut')}</p>}
    </Panel>
  );
}
