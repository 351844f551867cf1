import {
  CATALOG_CHANNEL,
  PIPELINES_CATALOG,
  WORKER_KEY_PREFIX,
  WORKER_TTL_SECONDS,
  workerKey,
  type WorkerHeartbeat,
} from 'azuraforge-dbmodels/contract';
import type { RedisClientType } from 'redis';
import type { CatalogDraft } from './discovery.ts';

/**
 * One atomic step keeps the hash true while many workers write it: the heartbeat is set (or removed), this worker's
 * entries are merged in, and every worker whose heartbeat has run out is struck off. An entry ends in its list of workers,
 * so that the rest of its JSON is never parsed and written again by Lua, which would bend numbers and empty lists.
 *
 * KEYS: catalogue, own heartbeat. ARGV: own id, prefix of heartbeat keys, heartbeat or '', TTL, then per own entry: its
 * id, its JSON up to the list of workers, '1' when it has a problem. Returns how many entries changed.
 */
const SYNC_SCRIPT = `
local catalog, heartbeat_key = KEYS[1], KEYS[2]
local me, prefix, heartbeat, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if heartbeat == '' then redis.call('DEL', heartbeat_key) else redis.call('SET', heartbeat_key, heartbeat, 'EX', ttl) end
local mine = {}
for i = 5, #ARGV, 3 do mine[ARGV[i]] = { body = ARGV[i + 1], broken = ARGV[i + 2] == '1' } end
local ids, stored = {}, redis.call('HGETALL', catalog)
local before = {}
for i = 1, #stored, 2 do before[stored[i]] = stored[i + 1]; ids[stored[i]] = true end
for id in pairs(mine) do ids[id] = true end
local changed = 0
for id in pairs(ids) do
  local old, others, broken, body = before[id], {}, true, nil
  if old then
    local readable, entry = pcall(cjson.decode, old)
    if readable and type(entry.workers) == 'table' then
      body = string.match(old, '^(.*),"workers":%[[^%[%]]*%]}$')
      broken = entry.problem ~= cjson.null
      for _, worker in ipairs(entry.workers) do
        if worker ~= me and redis.call('EXISTS', prefix .. worker) == 1 then others[#others + 1] = worker end
      end
    end
  end
  local own = mine[id]
  if own and #others > 0 and broken ~= own.broken then
    -- A worker on which the pipeline works has the say over one on which it does not.
    if own.broken then own = nil else others = {} end
  end
  if own then body = own.body; others[#others + 1] = me; table.sort(others) end
  if #others == 0 or not body then
    if old then redis.call('HDEL', catalog, id); changed = changed + 1 end
  else
    local new = body .. ',"workers":' .. cjson.encode(others) .. '}'
    if new ~= old then redis.call('HSET', catalog, id, new); changed = changed + 1 end
  end
end
return changed
`;

/** This worker's part of the catalogue in Redis. */
export class Catalog {
  readonly #redis: RedisClientType;
  readonly #workerId: string;
  #entries: string[] = [];

  constructor(redis: RedisClientType, workerId: string) {
    this.#redis = redis;
    this.#workerId = workerId;
  }

  /** What this worker offers from now on; told at the next heartbeat. */
  offer(entries: CatalogDraft[]): void {
    this.#entries = entries.flatMap((entry) => [
      entry.id,
      JSON.stringify(entry).slice(0, -1),
      entry.problem ? '1' : '0',
    ]);
  }

  /** Renews heartbeat and entries; after a restart of Redis that is a new registration. */
  async heartbeat(value: WorkerHeartbeat): Promise<void> {
    await this.#sync(JSON.stringify(value), this.#entries);
  }

  /** Takes this worker out at once. */
  async withdraw(): Promise<void> {
    await this.#sync('', []);
  }

  /** True when a live worker offers the pipeline in working order. */
  async isOffered(pipelineId: string): Promise<boolean> {
    const stored = await this.#redis.hGet(PIPELINES_CATALOG, pipelineId);
    if (!stored) return false;
    const entry = JSON.parse(stored) as { problem: unknown; workers: string[] };
    if (entry.problem !== null) return false;
    const alive = await Promise.all(entry.workers.map((worker) => this.#redis.exists(workerKey(worker))));
    return alive.some((found) => found === 1);
  }

  async #sync(heartbeat: string, entries: string[]): Promise<void> {
    const changed = await this.#redis.eval(SYNC_SCRIPT, {
      keys: [PIPELINES_CATALOG, workerKey(this.#workerId)],
      arguments: [this.#workerId, WORKER_KEY_PREFIX, heartbeat, String(WORKER_TTL_SECONDS), ...entries],
    });
    if (Number(changed) > 0) await this.#redis.publish(CATALOG_CHANNEL, '');
  }
}
