'use client';

import { Button } from 'antd';
import { Copy } from 'lucide-react';
import type { TextPrediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import panels from '../experiments/panels.module.css';
import styles from './predictions.module.css';

/** A text after its prompt, with what is needed to get it again. */
export function TextAnswer({ prediction }: { prediction: TextPrediction }) {
  const { t, formats } = useLanguage();
  const { prompt, text, tokens, cut_tokens: cut, seed } = prediction;
  return (
    <Panel
      testId="text-answer"
      title={t('predict.text')}
      aside={
        <Button
          icon={<Copy size={16} aria-hidden="true" />}
          onClick={() => void navigator.clipboard.writeText(prompt + text)}
        >
          {t('predict.copy')}
        </Button>
      }
    >
      <p className={styles.generated}>
        <span className={styles.prompt}>{prompt}</span>
        {text}
      </p>
      <dl className={panels.figures}>
        <div>
          <dt>{t('predict.tokens')}</dt>
          <dd>{formats.integer(tokens)}</dd>
        </div>
        <div>
          <dt>{t('run.factSeed')}</dt>
          <dd>{formats.exact(seed)}</dd>
        </div>
        {cut > 0 && (
          <div>
            <dt>{t('predict.cutTokens')}</dt>
            <dd>{formats.integer(cut)}</dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}
