import { Type } from 'typebox';
import { DataError } from '../error.ts';
import { readStored } from './stored-state.ts';

const StoredLabels = Type.Object({
  classes: Type.Array(Type.String(), { minItems: 2, uniqueItems: true }),
});

/** Numbers the classes of a target, in the order of their names. */
export class LabelEncoder {
  readonly classes: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  private constructor(classes: readonly string[]) {
    this.classes = classes;
    this.#numbers = new Map(classes.map((name, number) => [name, number]));
  }

  /** Throws DataError that says `name` for a missing label, and where all labels are the same. */
  static fit(labels: readonly (string | null)[], name = 'Label'): LabelEncoder {
    const missing = labels.indexOf(null);
    if (missing >= 0) {
      throw new DataError(
        `${name}, row ${missing + 1}: it is missing. Remove the row; a target cannot be filled.`,
      );
    }
    const classes = [...new Set(labels as readonly string[])].sort();
    if (classes.length < 2) {
      throw new DataError(
        classes.length === 0
          ? `${name}: there are no labels. Give at least one sample of each class.`
          : `${name}: all ${labels.length} labels are ${JSON.stringify(classes[0])}; a classifier needs at least two classes.`,
      );
    }
    return new LabelEncoder(classes);
  }

  /** Throws ModelFileError where the state is damaged. */
  static fromState(state: unknown): LabelEncoder {
    return new LabelEncoder(readStored('label encoder', StoredLabels, state).classes);
  }

  get state(): { classes: string[] } {
    return { classes: [...this.classes] };
  }

  /** Class numbers, the targets of a cross-entropy. Throws DataError for a label that `fit` did not see. */
  encode(labels: readonly (string | null)[]): Int32Array {
    return Int32Array.from(labels, (label, row) => {
      const number = label === null ? undefined : this.#numbers.get(label);
      if (number !== undefined) return number;
      throw new DataError(
        `Label, row ${row + 1}: ${JSON.stringify(label)} is no class of the training rows (${this.classes.join(', ')}). Correct it or fit on rows that have it.`,
      );
    });
  }

  /** Names of class numbers. Throws DataError for one out of range. */
  decode(numbers: ArrayLike<number>): string[] {
    return Array.from(numbers, (number) => {
      const name = this.classes[number];
      if (name !== undefined) return name;
      throw new DataError(`${number} is no class: there are ${this.classes.length}, from 0 on.`);
    });
  }
}

/** How often each class number occurs. */
export function classCounts(labels: ArrayLike<number>, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (let index = 0; index < labels.length; index += 1) counts[labels[index]!]! += 1;
  return counts;
}
