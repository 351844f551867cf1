import styles from './logo.module.css';

/** The mark: an A over a spark of the forge. */
export function Logo({ size = 28, wordmark = true }: { size?: number; wordmark?: boolean }) {
  return (
    <span className={styles.logo}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#0a63d6" />
        <path d="M16 5.5 25.5 25h-4.6L16 14.4 11.1 25H6.5z" fill="#fff" />
        <path d="M16 19.2c1.9 1.7 2.7 2.9 2.7 4.1a2.7 2.7 0 1 1-5.4 0c0-1.2.8-2.4 2.7-4.1z" fill="#ff9a5c" />
      </svg>
      {wordmark && <span className={styles.word}>AzuraForge</span>}
    </span>
  );
}
