'use client';

import { Button } from 'antd';
import { Download } from 'lucide-react';
import { useLanguage } from '../../i18n/context.tsx';
import { saveFile } from '../../shell/save-file.ts';

interface DownloadButtonProps {
  /** Name of the model. */
  name: string;
  csv: () => string;
}

/** Keeps an answer as a table. */
export function DownloadButton({ name, csv }: DownloadButtonProps) {
  const { t } = useLanguage();
  const file = `prediction-${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.csv`;
  return (
    <Button
      icon={<Download size={16} aria-hidden="true" />}
      onClick={() => saveFile(file, 'text/csv', csv())}
    >
      {t('forecast.download')}
    </Button>
  );
}
