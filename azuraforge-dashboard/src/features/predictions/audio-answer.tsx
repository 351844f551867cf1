'use client';

import { Button } from 'antd';
import { Download } from 'lucide-react';
import type { AudioPrediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import panels from '../experiments/panels.module.css';
import styles from './predictions.module.css';

/** Sound to listen to and to keep, with whatever else the answer says of it. */
export function AudioAnswer({ prediction, name }: { prediction: AudioPrediction; name: string }) {
  const { t, formats } = useLanguage();
  const { audio, pipeline_id: _pipeline, ...others } = prediction;
  const source = audio.startsWith('data:') ? audio : `data:audio/wav;base64,${audio}`;
  const facts = Object.entries(others as Record<string, unknown>).filter(
    ([, value]) => typeof value !== 'object',
  );
  return (
    <Panel
      testId="audio-answer"
      title={t('predict.audio')}
      aside={
        <Button icon={<Download size={16} aria-hidden="true" />} href={source} download={`${name}.wav`}>
          {t('predict.downloadAudio')}
        </Button>
      }
    >
      {/* What was composed has no words to write out. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <audio className={styles.player} controls src={source} />
      {facts.length > 0 && (
        <dl className={panels.figures}>
          {facts.map(([key, value]) => (
            <div key={key}>
              <dt>{key.replaceAll('_', ' ')}</dt>
              <dd>{typeof value === 'number' ? formats.value(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}
