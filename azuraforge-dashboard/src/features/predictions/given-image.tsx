'use client';

import { useLanguage } from '../../i18n/context.tsx';

interface GivenImageProps {
  /** A data URL. */
  source: string;
  className?: string;
}

/** An image as somebody gave it. */
export function GivenImage({ source, className }: GivenImageProps) {
  const { t } = useLanguage();
  // There is nothing to be optimized: the image is in the page already.
  // oxlint-disable-next-line next/no-img-element
  return <img className={className} src={source} alt={t('image.given')} />;
}
