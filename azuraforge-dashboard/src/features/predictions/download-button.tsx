'use client';

import { Button } from 'antd';
import { Download } from 'lucide-react';
import { useLanguage } from '../../i18n/context.tsx';
import { saveFile } from '../../shell/save-file.ts';
import { answerFile } from './answer-file.ts';

const KINDS = {
  csv: { type: 'text/csv', label: 'forecast.download' },
  json: { type: 'application/json', label: 'report.download' },
} as const;

interface DownloadButtonProps {
  /** Name of the model. */
  name: string;
  kind: keyof typeof KINDS;
  content: () => string;
}

/** Keeps an answer as a table or as it came. */
export function DownloadButton({ name, kind, content }: DownloadButtonProps) {
  const { t } = useLanguage();
  const { type, label } = KINDS[kind];
  return (
    <Button
      icon={<Download size={16} aria-hidden="true" />}
      onClick={() => saveFile(answerFile(name, kind), type, content())}
    >
      {t(label)}
    </Button>
  );
}
