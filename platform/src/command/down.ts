import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import type { Home } from '../home.ts';
import { lockHolder } from '../lock.ts';
import { sendSignal } from '../process-tree.ts';

const LIMIT_MS = 90_000;

/** Stops the platform of a data folder and waits until it is gone. */
export async function down(home: Home): Promise<number> {
  const holder = lockHolder(home);
  if (holder === null) {
    console.log(`AzuraForge is not running on ${home.path}.`);
    return 0;
  }
  console.log(`Stopping AzuraForge on ${home.path} (process ${holder.pid}) …`);
  try {
    sendSignal(holder.pid, 'SIGTERM');
  } catch (cause) {
    throw new Failure(`Process ${holder.pid} belongs to another user. Stop it as that user.`, { cause });
  }
  const deadline = performance.now() + LIMIT_MS;
  while (lockHolder(home)?.startedAt === holder.startedAt) {
    if (performance.now() > deadline) {
      throw new Failure(
        `Process ${holder.pid} has not ended after ${LIMIT_MS / 1000} s. Read the logs in ${home.logs}, or end it with \`kill -9 ${holder.pid}\`.`,
      );
    }
    await sleep(50);
  }
  console.log('Stopped.');
  return 0;
}
