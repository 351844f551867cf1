import type { AdagradKernel, AdamKernel, RmspropKernel, SgdKernel } from '../../kernel.ts';
import type { Program } from './buffer.ts';

export function sgdProgram({ sizes, momentum: hasMomentum, nesterov }: SgdKernel): Program {
  const perParameter = hasMomentum ? 3 : 2;
  return (buffers, [lr, momentum, dampening, weightDecay]) => {
    for (const [p, size] of sizes.entries()) {
      const parameter = buffers[p * perParameter]!.float32;
      const gradient = buffers[p * perParameter + 1]!.float32;
      const velocity = hasMomentum ? buffers[p * perParameter + 2]!.float32 : null;
      for (let i = 0; i < size; i++) {
        const slope = gradient[i]! + weightDecay! * parameter[i]!;
        let step = slope;
        if (velocity !== null) {
          const speed = momentum! * velocity[i]! + (1 - dampening!) * slope;
          velocity[i] = speed;
          step = nesterov ? slope + momentum! * speed : speed;
        }
        parameter[i] = parameter[i]! - lr! * step;
      }
    }
  };
}

export function adamProgram({ sizes, decoupled }: AdamKernel): Program {
  return (buffers, [lr, beta1, beta2, eps, weightDecay, correction1, correction2]) => {
    const stepSize = lr! / correction1!;
    const root = Math.sqrt(correction2!);
    for (const [p, size] of sizes.entries()) {
      const [parameter, gradient, first, second] = buffers
        .slice(p * 4, p * 4 + 4)
        .map((buffer) => buffer.float32);
      for (let i = 0; i < size; i++) {
        let value = parameter![i]!;
        let slope = gradient![i]!;
        if (decoupled) value *= 1 - lr! * weightDecay!;
        else slope += weightDecay! * value;
        const m = beta1! * first![i]! + (1 - beta1!) * slope;
        const v = beta2! * second![i]! + (1 - beta2!) * slope * slope;
        first![i] = m;
        second![i] = v;
        parameter![i] = value - (stepSize * m) / (Math.sqrt(v) / root + eps!);
      }
    }
  };
}

export function rmspropProgram({ sizes, centered, momentum: hasMomentum }: RmspropKernel): Program {
  const perParameter = 3 + (centered ? 1 : 0) + (hasMomentum ? 1 : 0);
  return (buffers, [lr, alpha, eps, weightDecay, momentum]) => {
    for (const [p, size] of sizes.entries()) {
      const own = buffers.slice(p * perParameter, (p + 1) * perParameter).map((buffer) => buffer.float32);
      const [parameter, gradient, squares] = own;
      const means = centered ? own[3]! : null;
      const velocity = hasMomentum ? own.at(-1)! : null;
      for (let i = 0; i < size; i++) {
        const slope = gradient![i]! + weightDecay! * parameter![i]!;
        const square = alpha! * squares![i]! + (1 - alpha!) * slope * slope;
        squares![i] = square;
        let spread = square;
        if (means !== null) {
          const mean = alpha! * means[i]! + (1 - alpha!) * slope;
          means[i] = mean;
          spread -= mean * mean;
        }
        let step = slope / (Math.sqrt(spread) + eps!);
        if (velocity !== null) {
          step += momentum! * velocity[i]!;
          velocity[i] = step;
        }
        parameter![i] = parameter![i]! - lr! * step;
      }
    }
  };
}

export function adagradProgram({ sizes }: AdagradKernel): Program {
  return (buffers, [lr, eps, weightDecay]) => {
    for (const [p, size] of sizes.entries()) {
      const [parameter, gradient, squares] = buffers.slice(p * 3, p * 3 + 3).map((buffer) => buffer.float32);
      for (let i = 0; i < size; i++) {
        const slope = gradient![i]! + weightDecay! * parameter![i]!;
        const sum = squares![i]! + slope * slope;
        squares![i] = sum;
        parameter![i] = parameter![i]! - (lr! * slope) / (Math.sqrt(sum) + eps!);
      }
    }
  };
}
