'use client';

import styles from './predictions.module.css';

/** The address of a WAV file in base64, for a player or a download. */
export function wavAddress(wav: string): string {
  return `data:audio/wav;base64,${wav}`;
}

/** Plays a WAV file in base64. */
export function SoundPlayer({ wav }: { wav: string }) {
  // What is played here has no words to write out.
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  return <audio className={styles.player} controls src={wavAddress(wav)} />;
}
