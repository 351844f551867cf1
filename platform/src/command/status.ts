import type { Home } from '../home.ts';
import { lockHolder } from '../lock.ts';
import { type PlatformState, readWhole } from '../state.ts';
import { duration, tableLines } from '../table.ts';

/** Shows what runs. The exit code is 0 when all is ready, 1 when a part is not, 3 when nothing runs. */
export function status(home: Home, now = new Date()): number {
  const holder = lockHolder(home);
  if (holder === null) {
    console.log(`AzuraForge is not running on ${home.path}. Start it with \`azuraforge up\`.`);
    return 3;
  }
  const state = readWhole<PlatformState>(home.state);
  if (state === null || state.pid !== holder.pid) {
    console.log(`AzuraForge is starting or stopping on ${home.path} (process ${holder.pid}).`);
    return 1;
  }
  const rows = state.components.map(({ name, condition, kind, address, pid, since, restarts }) => [
    name,
    condition,
    address ?? '-',
    pid === null ? '-' : String(pid),
    since === null ? '-' : duration(now.getTime() - Date.parse(since)),
    String(restarts),
    kind,
  ]);
  const header = ['component', 'state', 'address', 'pid', 'uptime', 'restarts', 'kind'];
  console.log(tableLines([header, ...rows], [3, 4, 5]).join('\n'));
  if (state.urls) console.log(`\nDashboard: ${state.urls.dashboard}\nAPI:       ${state.urls.api}`);
  return state.components.every(({ condition }) => condition === 'ready') ? 0 : 1;
}
