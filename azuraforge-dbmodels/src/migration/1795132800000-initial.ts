import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Users, experiments with their events, and models. Timestamps keep milliseconds, as a JavaScript `Date` does:
 * a keyset cursor that lost microseconds would skip rows.
 */
export class Initial1795132800000 implements MigrationInterface {
  name = 'Initial1795132800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT users_pkey PRIMARY KEY,
        username text NOT NULL,
        password_hash text NOT NULL,
        role text NOT NULL DEFAULT 'member',
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT users_username_check CHECK (length(username) BETWEEN 1 AND 64),
        CONSTRAINT users_role_check CHECK (role IN ('admin', 'member'))
      )`);
    await runner.query('CREATE UNIQUE INDEX users_username_key ON users (lower(username))');

    await runner.query(`
      CREATE TABLE experiments (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT experiments_pkey PRIMARY KEY,
        task_id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT experiments_task_id_key UNIQUE,
        owner_id uuid NOT NULL CONSTRAINT experiments_owner_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
        name text NOT NULL,
        pipeline_id text NOT NULL,
        plugin_name text NOT NULL,
        plugin_version text NOT NULL,
        config jsonb NOT NULL,
        status text NOT NULL DEFAULT 'PENDING',
        attempt integer NOT NULL DEFAULT 0,
        released_attempts integer NOT NULL DEFAULT 0,
        lease_owner text,
        lease_expires_at timestamptz(3),
        cancel_requested_at timestamptz(3),
        last_seq integer NOT NULL DEFAULT 0,
        progress jsonb,
        summary jsonb,
        report jsonb,
        error jsonb,
        device text,
        adapter text,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        CONSTRAINT experiments_status_check
          CHECK (status IN ('PENDING', 'STARTED', 'SUCCESS', 'FAILURE', 'CANCELLED')),
        CONSTRAINT experiments_counters_check CHECK (attempt >= 0 AND last_seq >= 0 AND released_attempts BETWEEN 0 AND attempt),
        CONSTRAINT experiments_config_check CHECK (jsonb_typeof(config) = 'object'),
        CONSTRAINT experiments_lease_check CHECK ((status = 'STARTED') = (lease_expires_at IS NOT NULL)),
        CONSTRAINT experiments_finished_check
          CHECK ((status IN ('SUCCESS', 'FAILURE', 'CANCELLED')) = (finished_at IS NOT NULL)),
        CONSTRAINT experiments_error_check CHECK ((status = 'FAILURE') = (error IS NOT NULL)),
        CONSTRAINT experiments_report_check CHECK ((status = 'SUCCESS') = (report IS NOT NULL))
      )`);
    await runner.query(
      'CREATE INDEX experiments_owner_created_idx ON experiments (owner_id, created_at DESC, id DESC)',
    );
    await runner.query('CREATE INDEX experiments_created_idx ON experiments (created_at DESC, id DESC)');
    await runner.query(
      `CREATE INDEX experiments_open_idx ON experiments (created_at) WHERE status IN ('PENDING', 'STARTED')`,
    );

    await runner.query(`
      CREATE TABLE experiment_events (
        experiment_id uuid NOT NULL
          CONSTRAINT experiment_events_experiment_id_fkey REFERENCES experiments (id) ON DELETE CASCADE,
        seq integer NOT NULL,
        attempt integer NOT NULL,
        type text NOT NULL,
        body jsonb NOT NULL,
        at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT experiment_events_pkey PRIMARY KEY (experiment_id, seq),
        CONSTRAINT experiment_events_seq_check CHECK (seq >= 1 AND attempt >= 0),
        CONSTRAINT experiment_events_type_check CHECK (type = body ->> 'type')
      )`);

    await runner.query(`
      CREATE TABLE models (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT models_pkey PRIMARY KEY,
        experiment_id uuid NOT NULL CONSTRAINT models_experiment_id_key UNIQUE
          CONSTRAINT models_experiment_id_fkey REFERENCES experiments (id) ON DELETE CASCADE,
        owner_id uuid NOT NULL CONSTRAINT models_owner_id_fkey REFERENCES users (id) ON DELETE RESTRICT,
        pipeline_id text NOT NULL,
        name text NOT NULL,
        input_schema jsonb NOT NULL,
        summary jsonb,
        size_bytes bigint NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT models_size_check CHECK (size_bytes >= 0)
      )`);
    await runner.query(
      'CREATE INDEX models_owner_created_idx ON models (owner_id, created_at DESC, id DESC)',
    );
    await runner.query('CREATE INDEX models_created_idx ON models (created_at DESC, id DESC)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE models');
    await runner.query('DROP TABLE experiment_events');
    await runner.query('DROP TABLE experiments');
    await runner.query('DROP TABLE users');
  }
}
