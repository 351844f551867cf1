'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import styles from './link-button.module.css';

interface LinkButtonProps {
  href: string;
  children: ReactNode;
  icon?: ReactNode;
  look?: 'primary' | 'plain';
  testId?: string;
}

/** A link that looks like a button: it goes somewhere, so it opens in a new tab like any link. */
export function LinkButton({ href, children, icon, look = 'plain', testId }: LinkButtonProps) {
  return (
    <Link href={href} className={styles.button} data-look={look} data-testid={testId}>
      {icon}
      {children}
    </Link>
  );
}
