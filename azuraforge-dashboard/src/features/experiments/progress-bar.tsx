import styles from './progress-bar.module.css';

interface ProgressBarProps {
  /** 0 to 1; null while nothing is known. */
  fraction: number | null;
  label: string;
  size?: 'thin' | 'thick';
  testId?: string;
}

export function ProgressBar({ fraction, label, size = 'thin', testId }: ProgressBarProps) {
  return (
    <progress
      className={styles.bar}
      max={1}
      value={fraction ?? undefined}
      aria-label={label}
      data-size={size}
      data-testid={testId}
    />
  );
}
