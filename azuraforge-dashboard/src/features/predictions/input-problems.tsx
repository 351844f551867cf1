'use client';

import { Alert } from 'antd';
import type { ApiError } from '../../client/error.ts';
import { useLanguage } from '../../i18n/context.tsx';
import styles from './predictions.module.css';

const MAX_PROBLEMS_SHOWN = 8;

interface InputProblemsProps {
  /** Sentences that say where each problem is. */
  problems: string[];
  /** What the API said, when it was asked. */
  failure: ApiError | null;
}

/** Why there is no answer: what is wrong with the input, or what else went wrong. */
export function InputProblems({ problems, failure }: InputProblemsProps) {
  const { t } = useLanguage();
  if (problems.length === 0 && !failure) return null;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      data-testid="forecast-problems"
      title={failure ? t(`error.${failure.code}`) : t('forecast.problems', { count: problems.length })}
      description={
        problems.length > 0 && (
          <ul className={styles.problems}>
            {problems.slice(0, MAX_PROBLEMS_SHOWN).map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
            {problems.length > MAX_PROBLEMS_SHOWN && (
              <li>{t('forecast.moreProblems', { count: problems.length - MAX_PROBLEMS_SHOWN })}</li>
            )}
          </ul>
        )
      }
    />
  );
}
