'use client';

import { Button } from 'antd';
import { Plus, X } from 'lucide-react';
import { useLanguage } from '../../i18n/context.tsx';
import type { Row } from '../forecasts/rows.ts';
import { AskedFieldRow } from './asked-field.tsx';
import type { AskedRows } from './input-form.ts';
import styles from './predictions.module.css';

/** A row with a number of its own, by which it is known while others come and go. */
export interface Card {
  id: number;
  row: Row;
}

interface RowCardsProps {
  shape: AskedRows;
  cards: Card[];
  /** Texts by path, e.g. `rows.0.width`. */
  errors: ReadonlyMap<string, string>;
  onChange: (cards: Card[], changed: string[]) => void;
}

/** Rows to fill in, one card each. */
export function RowCards({ shape, cards, errors, onChange }: RowCardsProps) {
  const { t } = useLanguage();
  const nextId = Math.max(0, ...cards.map(({ id }) => id)) + 1;
  const hasImage = shape.fields.some(({ look }) => look === 'image');
  const full = shape.maximum !== null && cards.length >= shape.maximum;

  function add(rows: Row[]): void {
    onChange([...cards, ...rows.map((row, index) => ({ id: nextId + index, row }))], []);
  }

  return (
    <div className={styles.rows}>
      <ol className={styles.cards} data-narrow={hasImage && shape.fields.length === 1}>
        {cards.map((card, index) => (
          <li key={card.id} className={styles.card} data-testid="input-row">
            <div className={styles.cardHead}>
              <span>{t('predict.row', { row: index + 1 })}</span>
              {cards.length > shape.minimum && (
                <Button
                  type="text"
                  size="small"
                  icon={<X size={16} aria-hidden="true" />}
                  aria-label={t('predict.removeRow', { row: index + 1 })}
                  onClick={() =>
                    onChange(
                      cards.filter(({ id }) => id !== card.id),
                      [...errors.keys()].filter((path) => path.startsWith('rows.')),
                    )
                  }
                />
              )}
            </div>
            <div className={styles.fields}>
              {shape.fields.map((field) => {
                const path = `rows.${index}.${field.path}`;
                const withValue = (value: unknown): Card[] =>
                  cards.map((other) =>
                    other.id === card.id ? { ...card, row: { ...card.row, [field.path]: value } } : other,
                  );
                return (
                  <AskedFieldRow
                    key={field.path}
                    field={{ ...field, path }}
                    value={card.row[field.path]}
                    error={errors.get(path) ?? null}
                    onChange={(value) => onChange(withValue(value), [path])}
                    onFiles={(files) =>
                      onChange(
                        [
                          ...withValue(files[0]),
                          ...files
                            .slice(1)
                            .map((file, more) => ({ id: nextId + more, row: { [field.path]: file } })),
                        ],
                        [path],
                      )
                    }
                  />
                );
              })}
            </div>
            {errors.has(`rows.${index}`) && (
              <p className={styles.problem} role="alert">
                {errors.get(`rows.${index}`)}
              </p>
            )}
          </li>
        ))}
      </ol>
      <div>
        <Button
          icon={<Plus size={16} aria-hidden="true" />}
          disabled={full}
          data-testid="add-row"
          onClick={() => add([{}])}
        >
          {t('predict.addRow')}
        </Button>
      </div>
    </div>
  );
}
