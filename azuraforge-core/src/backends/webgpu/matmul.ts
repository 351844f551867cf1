import type { MatmulKernel } from '../../kernel.ts';
import { blockMatmulProgram } from './matmul/block.ts';
import { tileMatmulProgram } from './matmul/tile.ts';
import type { Lanes } from './product.ts';
import type { Program } from './program.ts';

/** A processor has no memory that is nearer to a workgroup than its caches are: there the factors stay where they are. */
export function matmulProgram(kernel: MatmulKernel, lanes: Lanes): Program {
  return lanes === 0 ? tileMatmulProgram(kernel) : blockMatmulProgram(kernel, lanes);
}
