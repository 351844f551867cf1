import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ExperimentEventBody, ExperimentEventType } from '../contract/event.ts';
import { Experiment } from './experiment.ts';

/** One event of a run's history; `seq` counts from 1 without gaps. */
@Entity('experiment_events')
@Check('experiment_events_seq_check', 'seq >= 1 AND attempt >= 0')
@Check('experiment_events_type_check', `type = body ->> 'type'`)
export class StoredEvent {
  @PrimaryColumn({
    name: 'experiment_id',
    type: 'uuid',
    primaryKeyConstraintName: 'experiment_events_pkey',
  })
  experimentId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'experiment_events_pkey' })
  seq!: number;

  @ManyToOne(() => Experiment, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'experiment_id', foreignKeyConstraintName: 'experiment_events_experiment_id_fkey' })
  experiment?: Relation<Experiment>;

  @Column({ type: 'integer' })
  attempt!: number;

  @Column({ type: 'text' })
  type!: ExperimentEventType;

  @Column({ type: 'jsonb' })
  body!: ExperimentEventBody;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  at!: Date;
}
