import { LearnerError } from '../error.ts';

/** A pipeline or plugin does not keep the contract; the message says which rule and how to keep it. */
export class PipelineContractError extends LearnerError {
  override name = 'PipelineContractError';
}

/** Throws PipelineContractError with `rule` unless `kept`. */
export function expect(kept: unknown, rule: string): asserts kept {
  if (!kept) throw new PipelineContractError(rule);
}

/** Runs `action`, which must fail, and returns its error. Names are compared, for a plugin may bring its own copy of this library. */
export async function expectError(
  name: string,
  situation: string,
  action: () => unknown,
): Promise<Error & { details?: { path: string; message: string }[] }> {
  try {
    await action();
  } catch (error) {
    expect(
      error instanceof Error && error.name === name,
      `${situation}: expected ${name} but got ${String(error)}.`,
    );
    return error;
  }
  throw new PipelineContractError(`${situation}: expected ${name}, but nothing was refused.`);
}
