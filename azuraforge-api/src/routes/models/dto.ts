import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { PAGE_LIMIT, type PredictionInput } from 'azuraforge-dbmodels/contract';
import { MOST_ROWS } from '../../openapi/model.ts';

export class ModelListQuery {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(PAGE_LIMIT.max)
  limit?: number;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

/** Only the outline; the model's own input schema says the rest. */
export class PredictionBody implements PredictionInput {
  @IsOptional()
  @IsInt()
  @Min(1)
  steps?: number;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_ROWS)
  rows?: Record<string, unknown>[];
}
