import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Generated,
  Index,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryGeneratedColumn,
  Unique,
  type Relation,
} from 'typeorm';
import type { RunError } from '../contract/error.ts';
import type { ExperimentProgress, ExperimentStatus } from '../contract/experiment.ts';
import type { Report, ReportSummary } from '../contract/report.ts';
import type { Model } from './model.ts';
import { User } from './user.ts';

/** One run of a pipeline: what was asked for, where it stands, what came out. */
@Entity('experiments')
@Unique('experiments_task_id_key', ['taskId'])
@Check('experiments_status_check', `status IN ('PENDING', 'STARTED', 'SUCCESS', 'FAILURE', 'CANCELLED')`)
@Check(
  'experiments_counters_check',
  'attempt >= 0 AND last_seq >= 0 AND released_attempts BETWEEN 0 AND attempt',
)
@Check('experiments_config_check', `jsonb_typeof(config) = 'object'`)
@Check('experiments_lease_check', `(status = 'STARTED') = (lease_expires_at IS NOT NULL)`)
@Check(
  'experiments_finished_check',
  `(status IN ('SUCCESS', 'FAILURE', 'CANCELLED')) = (finished_at IS NOT NULL)`,
)
@Check('experiments_error_check', `(status = 'FAILURE') = (error IS NOT NULL)`)
@Check('experiments_report_check', `(status = 'SUCCESS') = (report IS NOT NULL)`)
@Index('experiments_owner_created_idx', { synchronize: false })
@Index('experiments_created_idx', { synchronize: false })
@Index('experiments_open_idx', ['createdAt'], { where: `status IN ('PENDING', 'STARTED')` })
export class Experiment {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'experiments_pkey' })
  id!: string;

  /** What clients subscribe to; apart from `id` so that a topic tells nothing about the row. */
  @Column({ name: 'task_id', type: 'uuid' })
  @Generated('uuid')
  taskId!: string;

  @Column({ name: 'owner_id', type: 'uuid' })
  ownerId!: string;

  @ManyToOne(() => User, { onDelete: 'RESTRICT', nullable: false })
  @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'experiments_owner_id_fkey' })
  owner?: Relation<User>;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'pipeline_id', type: 'text' })
  pipelineId!: string;

  @Column({ name: 'plugin_name', type: 'text' })
  pluginName!: string;

  @Column({ name: 'plugin_version', type: 'text' })
  pluginVersion!: string;

  @Column({ type: 'jsonb' })
  config!: Record<string, unknown>;

  @Column({ type: 'text', default: 'PENDING' })
  status!: ExperimentStatus;

  /** How often a worker has started this run; every write of a worker names the attempt that it belongs to. */
  @Column({ type: 'integer', default: 0 })
  attempt!: number;

  /** Attempts that ended because their worker was stopped; they do not count against the run. */
  @Column({ name: 'released_attempts', type: 'integer', default: 0 })
  releasedAttempts!: number;

  @Column({ name: 'lease_owner', type: 'text', nullable: true })
  leaseOwner!: string | null;

  /** Until when the worker of the current attempt is believed to live. */
  @Column({ name: 'lease_expires_at', type: 'timestamptz', precision: 3, nullable: true })
  leaseExpiresAt!: Date | null;

  @Column({ name: 'cancel_requested_at', type: 'timestamptz', precision: 3, nullable: true })
  cancelRequestedAt!: Date | null;

  /** `seq` of the newest stored event. */
  @Column({ name: 'last_seq', type: 'integer', default: 0 })
  lastSeq!: number;

  @Column({ type: 'jsonb', nullable: true })
  progress!: ExperimentProgress | null;

  @Column({ type: 'jsonb', nullable: true })
  summary!: ReportSummary | null;

  /** Large, so only read when it is asked for. */
  @Column({ type: 'jsonb', nullable: true, select: false })
  report?: Report | null;

  @Column({ type: 'jsonb', nullable: true })
  error!: RunError | null;

  @Column({ type: 'text', nullable: true })
  device!: string | null;

  @Column({ type: 'text', nullable: true })
  adapter!: string | null;

  /** Named by text: an import would be a cycle. */
  @OneToOne('Model', 'experiment')
  model?: Relation<Model> | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', precision: 3, nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', precision: 3, nullable: true })
  finishedAt!: Date | null;
}
