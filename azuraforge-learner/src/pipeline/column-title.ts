import type { LocalizedText } from '../report.ts';

/** Names of columns for people, where the column's own name is not enough. */
export type ColumnTitles = Readonly<Record<string, LocalizedText>>;

/** The name of a column for people, `own` where it has none, even if it is called as what every object has (`constructor`). */
export function columnTitle(
  titles: ColumnTitles | undefined,
  name: string,
  own: LocalizedText = name,
): LocalizedText {
  return titles && Object.hasOwn(titles, name) ? titles[name]! : own;
}
