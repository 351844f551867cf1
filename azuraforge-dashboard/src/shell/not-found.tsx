'use client';

import { Button } from 'antd';
import { Compass } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useLanguage } from '../i18n/context.tsx';
import { MessageState } from './state.tsx';

export function NotFound() {
  const { t } = useLanguage();
  const router = useRouter();
  return (
    <main>
      <MessageState
        icon={<Compass size={22} />}
        title={t('notFound.title')}
        action={
          <Button type="primary" onClick={() => router.push('/experiments')}>
            {t('notFound.action')}
          </Button>
        }
      >
        <p>{t('notFound.text')}</p>
      </MessageState>
    </main>
  );
}
