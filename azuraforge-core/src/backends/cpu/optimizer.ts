import type { AdamKernel, SgdKernel } from '../../kernel.ts';
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
