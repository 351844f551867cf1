import { IsString, MaxLength, MinLength } from 'class-validator';
import type { TokenRequest } from 'azuraforge-dbmodels/contract';

export class TokenBody implements TokenRequest {
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  username!: string;

  /** The limit keeps hashing cheap; it is far above any password that a person uses. */
  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  password!: string;
}
