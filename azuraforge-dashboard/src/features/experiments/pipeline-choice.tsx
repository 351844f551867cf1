'use client';

import type { PipelineListItem } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { PipelineIcon } from '../pipelines/pipeline-icon.tsx';
import styles from './pipeline-choice.module.css';

interface PipelineChoiceProps {
  pipelines: PipelineListItem[];
  chosen: string | null;
  onChoose: (id: string) => void;
}

/** Pipelines as cards of a radio group; a broken one cannot be chosen and says why. */
export function PipelineChoice({ pipelines, chosen, onChoose }: PipelineChoiceProps) {
  const { t } = useLanguage();
  return (
    <div className={styles.cards} role="radiogroup" aria-label={t('new.choose')}>
      {pipelines.map((pipeline) => {
        const broken = pipeline.status === 'broken';
        return (
          <label
            key={pipeline.id}
            className={styles.card}
            data-testid="pipeline-card"
            data-pipeline={pipeline.id}
            data-status={pipeline.status}
          >
            <input
              type="radio"
              name="pipeline"
              value={pipeline.id}
              checked={chosen === pipeline.id}
              disabled={broken}
              onChange={() => onChoose(pipeline.id)}
            />
            <PipelineIcon svg={pipeline.icon} />
            <span className={styles.text}>
              <span className={styles.name}>{pipeline.plugin.display_name}</span>
              <span className={styles.id}>{pipeline.id}</span>
              {pipeline.problem ? (
                <span className={styles.problem}>
                  <strong>{t('new.broken')}.</strong> {t(`problem.${pipeline.problem.code}`)}{' '}
                  <span className={styles.reason}>{pipeline.problem.message}</span>
                </span>
              ) : (
                <span className={styles.description}>{pipeline.plugin.description}</span>
              )}
            </span>
          </label>
        );
      })}
    </div>
  );
}
