import type { DataSource, EntityManager } from 'typeorm';

/** Where an operation runs: on its own connection, or inside the caller's transaction. */
export type Database = DataSource | EntityManager;
