const HOME = '/experiments';
const ORIGIN = 'http://dashboard.invalid';

/** Where to go after signing in: only ever a page of this dashboard, whatever the address bar says. */
export function returnAddress(next: string | null): string {
  if (!next || !URL.canParse(next, ORIGIN)) return HOME;
  const { origin, pathname, search, hash } = new URL(next, ORIGIN);
  // Two slashes at the start would name another host once more.
  if (origin !== ORIGIN || pathname.startsWith('//') || pathname.startsWith('/login')) return HOME;
  return pathname + search + hash;
}
