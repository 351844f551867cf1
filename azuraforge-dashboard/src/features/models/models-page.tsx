'use client';

import { Button } from 'antd';
import { Boxes } from 'lucide-react';
import Link from 'next/link';
import { useLanguage } from '../../i18n/context.tsx';
import { LinkButton } from '../../shell/link-button.tsx';
import { PageFrame, Panel } from '../../shell/page.tsx';
import { FailedState, LoadingState, MessageState } from '../../shell/state.tsx';
import { Comparison } from '../experiments/comparison.tsx';
import styles from './models-page.module.css';
import { useModels } from './queries.ts';

export function ModelsPage() {
  const { t, formats } = useLanguage();
  const models = useModels();
  const items = models.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <PageFrame title={t('models.title')} documentTitle={t('models.title')} lead={t('models.lead')}>
      <Panel flush testId="models">
        {models.isPending && <LoadingState />}
        {models.isError && items.length === 0 && (
          <FailedState error={models.error} onRetry={() => void models.refetch()} />
        )}
        {models.isSuccess && items.length === 0 && (
          <MessageState
            icon={<Boxes size={22} />}
            title={t('models.emptyTitle')}
            action={
              <LinkButton href="/experiments/new" look="primary">
                {t('nav.newExperiment')}
              </LinkButton>
            }
          >
            <p>{t('models.emptyText')}</p>
          </MessageState>
        )}
        {items.length > 0 && (
          <ul className={styles.list}>
            {items.map((model) => (
              <li key={model.id} className={styles.model} data-testid="model" data-model={model.id}>
                <div className={styles.name}>
                  <Link href={`/experiments/${model.experiment_id}?tab=report`}>{model.name}</Link>
                  <span className={styles.meta}>
                    {model.pipeline_id} · {formats.dateTime(model.created_at)}
                  </span>
                </div>
                <div className={styles.result}>{model.summary && <Comparison summary={model.summary} />}</div>
                <div className={styles.actions}>
                  <LinkButton href={`/experiments/${model.experiment_id}?tab=report`}>
                    {t('models.open')}
                  </LinkButton>
                  <LinkButton href={`/experiments/${model.experiment_id}?tab=predict`}>
                    {t('models.predict')}
                  </LinkButton>
                </div>
              </li>
            ))}
          </ul>
        )}
        {models.hasNextPage && (
          <div className={styles.more}>
            <Button loading={models.isFetchingNextPage} onClick={() => void models.fetchNextPage()}>
              {t('action.loadMore')}
            </Button>
          </div>
        )}
      </Panel>
    </PageFrame>
  );
}
