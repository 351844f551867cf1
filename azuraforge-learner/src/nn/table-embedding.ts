import { concat, tidy } from 'azuraforge-core';
import type { Generator, Tensor } from 'azuraforge-core';
import { ArgumentError } from '../error.ts';
import { Embedding } from './embedding.ts';
import { checkInput } from './input.ts';
import { Module } from './module.ts';
import type { LayerDescription } from './module.ts';

/** How one column of category numbers is embedded. */
export interface EmbeddedColumn {
  /** Categories, the row for unknown ones included. */
  numEmbeddings: number;
  embeddingDim: number;
}

/**
 * Lets numbers through and embeds category numbers, so that rows of a table can enter a `Linear`:
 * [batch, numeric + columns.length] → [batch, numeric + the sum of embeddingDim], all float32. The number after a
 * column's last category stands for an unknown one: it gives zeros and is not trained. Parameters are
 * `embeddings.0.weight` and so on, one for each column.
 */
export class TableEmbedding extends Module {
  readonly numeric: number;
  readonly embeddings: readonly Embedding[];

  constructor(
    numeric: number,
    columns: readonly EmbeddedColumn[],
    { generator }: { generator?: Generator } = {},
  ) {
    super();
    if (!Number.isSafeInteger(numeric) || numeric < 0) {
      throw new ArgumentError(`TableEmbedding: numeric is ${numeric}; it must be a whole number from 0 up.`);
    }
    if (columns.length === 0) {
      throw new ArgumentError('TableEmbedding: there is no column to embed; leave the layer out.');
    }
    this.numeric = numeric;
    this.embeddings = columns.map(
      ({ numEmbeddings, embeddingDim }) =>
        new Embedding(numEmbeddings, embeddingDim, { paddingIdx: numEmbeddings - 1, generator }),
    );
  }

  override forward(input: Tensor): Tensor {
    const { numeric, embeddings } = this;
    const width = numeric + embeddings.length;
    checkInput('TableEmbedding', input, {
      takes: `[batch, ${width}]`,
      fits: input.ndim === 2 && input.shape[1] === width,
    });
    return tidy(() => {
      const embedded = embeddings.map((embedding, column) =>
        embedding.forward(input.select(1, numeric + column).cast('int32')),
      );
      return concat(numeric > 0 ? [input.narrow(1, 0, numeric), ...embedded] : embedded, 1);
    });
  }

  override describe(): LayerDescription {
    const { numeric, embeddings } = this;
    const columns = embeddings.map(({ numEmbeddings, embeddingDim }) => ({ numEmbeddings, embeddingDim }));
    return { type: 'TableEmbedding', numeric, columns };
  }
}
