import { throwawayPostgres } from 'azuraforge-stores';

/** One real Postgres for all test files; each file makes a database of its own in it. */
export default async function startPostgres() {
  const store = await throwawayPostgres();
  process.env.TEST_POSTGRES_URL = store.url;
  globalThis.stopTestPostgres = () => store.stop();
}
