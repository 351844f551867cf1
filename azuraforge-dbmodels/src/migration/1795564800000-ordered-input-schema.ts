import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The fields of a model's input keep the order in which its pipeline names them: `jsonb` sorts them by length. */
export class OrderedInputSchema1795564800000 implements MigrationInterface {
  name = 'OrderedInputSchema1795564800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE models ALTER COLUMN input_schema TYPE json USING input_schema::json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE models ALTER COLUMN input_schema TYPE jsonb USING input_schema::jsonb');
  }
}
