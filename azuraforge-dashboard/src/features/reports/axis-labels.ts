/** More labels than this would touch each other on a phone. */
export const MOST_LABELS = 16;

/** A label for each place; of many every second, third, … alone, the rest empty. Texts may repeat: the place is the key. */
export function shownLabels(texts: string[]): { key: number; text: string }[] {
  const stride = Math.ceil(texts.length / MOST_LABELS);
  return texts.map((text, key) => ({ key, text: key % stride === 0 ? text : '' }));
}
