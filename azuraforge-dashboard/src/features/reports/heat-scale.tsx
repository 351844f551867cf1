import styles from './heat-scale.module.css';

interface HeatScaleProps {
  low: string;
  high: string;
  /** Which colours there are: from one over none to the other, or from none to one. */
  kind?: 'both' | 'above' | 'below';
}

/** What the colours of a heat map mean. */
export function HeatScale({ low, high, kind = 'both' }: HeatScaleProps) {
  return (
    <span className={styles.scale}>
      {low}
      <span className={styles.ramp} data-kind={kind} aria-hidden="true" />
      {high}
    </span>
  );
}
