import type { codesEn } from './codes-en.ts';
import type { textsEn } from './texts-en.ts';

/** A message whose form depends on `{count}`; the categories that English and Turkish use. */
export interface PluralMessage {
  one: string;
  other: string;
}

/** English is the source: its keys and its kinds of message are what every language must have. */
export type English = typeof textsEn & typeof codesEn;
export type MessageKey = keyof English;

/** What a language provides. A missing or superfluous key, or a plural that is not one, does not compile. */
export type Translation<Source> = {
  [Key in keyof Source]: Source[Key] extends string ? string : PluralMessage;
};
export type Dictionary = Translation<English>;

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type NamesOf<Message> = Message extends PluralMessage
  ? NamesIn<Message['other']> | 'count'
  : NamesIn<Message>;

/** Values for the placeholders of a message; none for a message without placeholders. */
export type MessageValues<Key extends MessageKey> = [NamesOf<English[Key]>] extends [never]
  ? []
  : [values: Record<NamesOf<English[Key]>, string | number>];
