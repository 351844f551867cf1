import type { DataSource, EntityManager } from 'typeorm';

/**
 * The same database, but the connection breaks once between the commit and the answer: of the first statement that fits
 * `text`, or of the first transaction when it is null.
 */
export function losingAnswer(
  database: DataSource,
  text: RegExp | null,
): { database: DataSource; lost(): boolean } {
  let lost = false;
  const loseOnce = (): void => {
    if (lost) return;
    lost = true;
    throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
  };
  const losing = new Proxy(database, {
    get(target, name) {
      if (name === 'query' && text)
        return async (sql: string, parameters: unknown[] = []) => {
          const answer = await target.query<unknown>(sql, parameters);
          if (text.test(JSON.stringify([sql, parameters]))) loseOnce();
          return answer;
        };
      if (name === 'transaction' && !text)
        return async (act: (transaction: EntityManager) => Promise<unknown>) => {
          const answer = await target.transaction(act);
          loseOnce();
          return answer;
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { database: losing, lost: () => lost };
}
