'use client';

import { Button } from 'antd';
import { Download } from 'lucide-react';
import type { AudioPrediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import panels from '../experiments/panels.module.css';
import { answerFile } from './answer-file.ts';
import styles from './predictions.module.css';
import { SoundPlayer, wavAddress } from './sound-player.tsx';

/** A sound to listen to and to keep, with what is needed to get it again. */
export function AudioAnswer({ prediction, name }: { prediction: AudioPrediction; name: string }) {
  const { t, formats } = useLanguage();
  const { wav, samples, sample_rate: rate, seed } = prediction;
  return (
    <Panel
      testId="audio-answer"
      title={t('predict.audio')}
      aside={
        <Button
          className={styles.download}
          icon={<Download size={16} aria-hidden="true" />}
          href={wavAddress(wav)}
          download={answerFile(name, 'wav')}
        >
          {t('predict.downloadAudio')}
        </Button>
      }
    >
      <SoundPlayer wav={wav} />
      <dl className={panels.figures}>
        <div>
          <dt>{t('predict.length')}</dt>
          <dd>{formats.duration(samples / rate)}</dd>
        </div>
        <div>
          <dt>{t('predict.sampleRate')}</dt>
          <dd>{formats.integer(rate)}</dd>
        </div>
        <div>
          <dt>{t('run.factSeed')}</dt>
          <dd>{formats.exact(seed)}</dd>
        </div>
      </dl>
    </Panel>
  );
}
