/** What Node's permission model calls the things that a child may not do. */
const DEEDS: Record<string, string> = {
  FileSystemRead: 'read',
  FileSystemWrite: 'write',
  ChildProcess: 'start a process',
  WorkerThreads: 'start a thread',
  Addons: 'load a native addon',
};

/** Says what the sandbox refused, which Node's own message leaves out; null for any other error. */
export function denialText(error: unknown): string | null {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ERR_ACCESS_DENIED') return null;
  const permission = String(Reflect.get(error, 'permission'));
  const resource: unknown = Reflect.get(error, 'resource');
  const deed = [DEEDS[permission] ?? permission, resource].filter(Boolean).join(' ');
  return `The pipeline may not ${deed}: it runs in a sandbox that reads only the folders of code. Put the data that it needs into its package.`;
}
