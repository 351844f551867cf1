import {
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import {
  EXPERIMENT_STATUSES,
  PAGE_LIMIT,
  type CreateExperimentRequest,
  type ExperimentStatus,
} from 'azuraforge-dbmodels/contract';
import { ONE_LINE } from '../../openapi/experiment.ts';

const LARGEST_SEQ = 2_147_483_647;

export class CreateExperimentBody implements CreateExperimentRequest {
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  pipeline_id!: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE)
  name?: string;

  @IsOptional()
  @IsObject()
  config?: Record<string, unknown>;
}

export class ExperimentListQuery {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(PAGE_LIMIT.max)
  limit?: number;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;

  @IsOptional()
  @IsIn(EXPERIMENT_STATUSES)
  status?: ExperimentStatus;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE)
  pipeline_id?: string;
}

export class EventListQuery {
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LARGEST_SEQ)
  after_seq?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}
