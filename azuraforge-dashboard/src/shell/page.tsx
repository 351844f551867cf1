'use client';

import type { ReactNode } from 'react';
import { DocumentTitle } from './document-title.tsx';
import styles from './page.module.css';

interface PageFrameProps {
  title: ReactNode;
  /** What the browser's tab says. */
  documentTitle: string;
  lead?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of a page: its heading, what can be done here, and the content. */
export function PageFrame({ title, documentTitle, lead, above, actions, children }: PageFrameProps) {
  return (
    <>
      <DocumentTitle title={documentTitle} />
      <header className={styles.header}>
        <div className={styles.heading}>
          {above}
          <h1>{title}</h1>
          {lead && <div className={styles.lead}>{lead}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </>
  );
}

interface PanelProps {
  title?: ReactNode;
  aside?: ReactNode;
  description?: ReactNode;
  /** Content reaches the edges, for tables. */
  flush?: boolean;
  testId?: string;
  children: ReactNode;
}

export function Panel({ title, aside, description, flush = false, testId, children }: PanelProps) {
  return (
    <section className={styles.panel} data-flush={flush} data-testid={testId}>
      {(title || aside) && (
        <div className={styles.panelHead}>
          <div>
            {title && <h2>{title}</h2>}
            {description && <p className={styles.panelDescription}>{description}</p>}
          </div>
          {aside}
        </div>
      )}
      <div className={styles.panelBody}>{children}</div>
    </section>
  );
}
