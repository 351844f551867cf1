import { checkRange } from '../argument.ts';
import { ArgumentError, DataError } from '../error.ts';

export interface NaiveBayesOptions {
  /** Token numbers are below it. */
  vocabularySize: number;
  classes: number;
  /** What each token counts beside how often it occurs (Laplace). Default 1, as in scikit-learn. */
  alpha?: number;
}

/**
 * Tells classes of texts by how often their tokens occur in each class, in any order: multinomial naive Bayes. Needs one
 * look at the texts: the baseline of text classifiers.
 */
export class NaiveBayes {
  /** ln of the share of each class. */
  readonly #priors: Float64Array;
  /** ln of the share of each token in each class: `[classes, vocabulary]`. */
  readonly #shares: Float64Array;
  readonly #vocabularySize: number;

  private constructor(priors: Float64Array, shares: Float64Array, vocabularySize: number) {
    this.#priors = priors;
    this.#shares = shares;
    this.#vocabularySize = vocabularySize;
  }

  /** Throws DataError for a token or a label out of range. */
  static fit(
    texts: readonly ArrayLike<number>[],
    labels: ArrayLike<number>,
    { vocabularySize, classes, alpha = 1 }: NaiveBayesOptions,
  ): NaiveBayes {
    checkRange('NaiveBayes: alpha', alpha, { above: 0 });
    if (texts.length !== labels.length || texts.length === 0) {
      throw new ArgumentError(
        `NaiveBayes got ${texts.length} texts and ${labels.length} labels; give one label for each text.`,
      );
    }
    const counts = new Float64Array(classes * vocabularySize).fill(alpha);
    const members = new Float64Array(classes);
    for (const [index, text] of texts.entries()) {
      const label = labels[index]!;
      if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
        throw new DataError(`Text ${index} has the label ${label}; it must be below ${classes}.`);
      }
      members[label]! += 1;
      for (let place = 0; place < text.length; place += 1) {
        const token = text[place]!;
        if (!(Number.isInteger(token) && token >= 0 && token < vocabularySize)) {
          throw new DataError(`Text ${index} holds the token ${token}; it must be below ${vocabularySize}.`);
        }
        counts[label * vocabularySize + token]! += 1;
      }
    }
    for (let label = 0; label < classes; label += 1) {
      const own = counts.subarray(label * vocabularySize, (label + 1) * vocabularySize);
      const total = own.reduce((sum, count) => sum + count, 0);
      for (const [token, count] of own.entries()) own[token] = Math.log(count / total);
    }
    const priors = members.map((count) => Math.log(count / texts.length));
    return new NaiveBayes(priors, counts, vocabularySize);
  }

  /** For each class ln of its share times the chance of these tokens in it; the highest is the class. */
  scores(tokens: ArrayLike<number>): Float64Array {
    return this.#priors.map((prior, label) => {
      let score = prior;
      for (let place = 0; place < tokens.length; place += 1) {
        score += this.#shares[label * this.#vocabularySize + tokens[place]!]!;
      }
      return score;
    });
  }

  /** The likeliest class of each text. */
  predict(texts: readonly ArrayLike<number>[]): Int32Array {
    return Int32Array.from(texts, (tokens) => {
      const scores = this.scores(tokens);
      return scores.indexOf(Math.max(...scores));
    });
  }
}
