import type { Page } from 'azuraforge-dbmodels/contract';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { ApiError } from './error.ts';
import { isUuid } from './http/id.ts';
import { fieldError } from './schema/sentence.ts';

/** The last row of a page; the next page begins after it. */
interface Position {
  createdAt: Date;
  id: string;
}

/**
 * One page of rows, newest first, by keyset: `query` has the alias `row` for an entity with `createdAt` and `id`. Rows
 * that come or go meanwhile neither shift nor double what is on the next page.
 */
export async function readPage<Entity extends ObjectLiteral & Position, Item>(
  query: SelectQueryBuilder<Entity>,
  { cursor, limit }: { cursor: string | undefined; limit: number },
  present: (entity: Entity) => Item,
): Promise<Page<Item>> {
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor);
    query.andWhere('(row.createdAt, row.id) < (:createdAt::timestamptz, :id::uuid)', { createdAt, id });
  }
  const rows = await query
    .orderBy('row.createdAt', 'DESC')
    .addOrderBy('row.id', 'DESC')
    .limit(limit + 1)
    .getMany();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((entity) => present(entity)),
    next_cursor: last && rows.length > limit ? encodeCursor(last) : null,
  };
}

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/;

function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string): Position {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  const createdAt = new Date(time);
  if (!TIME.test(time) || Number.isNaN(createdAt.getTime()) || !isUuid(id)) {
    const details = [fieldError('cursor', 'format', { format: 'cursor' })];
    throw new ApiError('VALIDATION_FAILED', 'The cursor is not one of this list; start again without it.', {
      details,
    });
  }
  return { createdAt, id };
}
