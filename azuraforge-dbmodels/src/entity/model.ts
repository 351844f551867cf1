import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryGeneratedColumn,
  Unique,
  type Relation,
} from 'typeorm';
import type { ReportSummary } from '../contract/report.ts';
import type { JsonSchema } from '../contract/pipeline.ts';
import { Experiment } from './experiment.ts';
import { User } from './user.ts';

/** What a successful run left behind. Its files lie in the artefact folder of the experiment. */
@Entity('models')
@Unique('models_experiment_id_key', ['experimentId'])
@Check('models_size_check', 'size_bytes >= 0')
@Index('models_owner_created_idx', { synchronize: false })
@Index('models_created_idx', { synchronize: false })
export class Model {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'models_pkey' })
  id!: string;

  @Column({ name: 'experiment_id', type: 'uuid' })
  experimentId!: string;

  @OneToOne(() => Experiment, (experiment) => experiment.model, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'experiment_id', foreignKeyConstraintName: 'models_experiment_id_fkey' })
  experiment?: Relation<Experiment>;

  @Column({ name: 'owner_id', type: 'uuid' })
  ownerId!: string;

  @ManyToOne(() => User, { onDelete: 'RESTRICT', nullable: false })
  @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'models_owner_id_fkey' })
  owner?: Relation<User>;

  @Column({ name: 'pipeline_id', type: 'text' })
  pipelineId!: string;

  @Column({ type: 'text' })
  name!: string;

  /** JSON Schema of the `PredictionInput` that this model takes; a form shows its fields in their order. */
  @Column({ name: 'input_schema', type: 'json' })
  inputSchema!: JsonSchema;

  @Column({ type: 'jsonb', nullable: true })
  summary!: ReportSummary | null;

  /** `bigint` arrives as text; a model is far smaller than 2^53 bytes. */
  @Column({
    name: 'size_bytes',
    type: 'bigint',
    transformer: { from: (stored: string) => Number(stored), to: (bytes: number) => bytes },
  })
  sizeBytes!: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
