'use client';

import type { ClassPrediction } from 'azuraforge-dbmodels/contract';
import { useLanguage } from '../../i18n/context.tsx';
import { Panel } from '../../shell/page.tsx';
import type { Row } from '../forecasts/rows.ts';
import { toCsv } from '../forecasts/rows.ts';
import { targetColumn } from './answer-file.ts';
import { DownloadButton } from './download-button.tsx';
import { GivenImage } from './given-image.tsx';
import { rankedClasses } from './prediction-kind.ts';
import styles from './predictions.module.css';

interface ClassAnswerProps {
  prediction: ClassPrediction;
  sent: Row[] | null;
  name: string;
}

const MOST_CARDS = 12;
const MOST_BARS = 5;

/** The class of each row with the likeliest classes as bars; a mark on each is the class's share in the training data. */
export function ClassAnswer({ prediction, sent, name }: ClassAnswerProps) {
  const { t } = useLanguage();
  const { rows, classes, target } = prediction;
  const shares = classes.map((one) => `p(${one})`);
  const column = targetColumn(target, ['row', ...shares]);
  const csv = (): string =>
    toCsv(
      rows.map(({ label, probabilities }, index) => ({
        row: index + 1,
        [column]: label,
        ...Object.fromEntries(shares.map((share, at) => [share, probabilities[at] ?? ''])),
      })),
    );
  return (
    <Panel
      testId="class-answer"
      title={t('predict.answer', { target })}
      description={t('predict.classesHelp')}
      aside={<DownloadButton name={name} kind="csv" content={csv} />}
    >
      <ol className={styles.answers}>
        {rows.slice(0, MOST_CARDS).map((row, index) => (
          // Rows are their positions.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className={styles.classes} data-testid="class-row">
            <div className={styles.verdict}>
              <SentRow row={sent?.[index] ?? null} />
              <div>
                <span className={styles.faint}>{t('predict.row', { row: index + 1 })}</span>
                <strong>{row.label}</strong>
              </div>
            </div>
            {row.cut_tokens !== undefined && row.cut_tokens > 0 && (
              <span className={styles.faint}>{t('predict.cutText', { count: row.cut_tokens })}</span>
            )}
            <ClassBars prediction={prediction} probabilities={row.probabilities} />
          </li>
        ))}
      </ol>
      {rows.length > MOST_CARDS && (
        <p className={styles.more}>{t('predict.moreRows', { count: rows.length - MOST_CARDS })}</p>
      )}
    </Panel>
  );
}

/** What a row is known by: its image, the beginning of its text, or both. */
function SentRow({ row }: { row: Row | null }) {
  return (
    <>
      {typeof row?.image === 'string' && row.image.startsWith('data:image/') && (
        <GivenImage className={styles.thumbnail} source={row.image} />
      )}
      {typeof row?.text === 'string' && <q className={styles.excerpt}>{row.text}</q>}
    </>
  );
}

function ClassBars({ prediction, probabilities }: { prediction: ClassPrediction; probabilities: number[] }) {
  const { t, formats } = useLanguage();
  const ranked = rankedClasses(prediction, probabilities);
  return (
    <ul className={styles.bars}>
      {ranked.slice(0, MOST_BARS).map(({ name, probability, share }) => (
        <li key={name}>
          <span className={styles.barName}>{name}</span>
          <span className={styles.barValue}>{formats.percent(probability)}</span>
          <span className={styles.bar} aria-hidden="true">
            <span className={styles.barFill} style={{ inlineSize: `${probability * 100}%` }} />
            <span className={styles.barMark} style={{ insetInlineStart: `${share * 100}%` }} />
          </span>
          <span className={styles.barNaive}>{t('predict.share', { percent: formats.percent(share) })}</span>
        </li>
      ))}
      {ranked.length > MOST_BARS && (
        <li className={styles.faint}>
          {t('predict.moreClasses', {
            count: ranked.length - MOST_BARS,
            percent: formats.percent(ranked.slice(MOST_BARS).reduce((sum, one) => sum + one.probability, 0)),
          })}
        </li>
      )}
    </ul>
  );
}
