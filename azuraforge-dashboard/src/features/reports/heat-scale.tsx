import styles from './heat-scale.module.css';

/** What the colours of a heat map mean. */
export function HeatScale({ low, high }: { low: string; high: string }) {
  return (
    <span className={styles.scale}>
      {low}
      <span className={styles.ramp} aria-hidden="true" />
      {high}
    </span>
  );
}
