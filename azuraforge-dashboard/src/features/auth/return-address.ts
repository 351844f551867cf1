const HOME = '/experiments';

/** Where to go after signing in: only ever a page of this dashboard, whatever the address bar says. */
export function returnAddress(next: string | null): string {
  if (!next || !/^\/(?![/\\])/.test(next)) return HOME;
  const origin = 'http://dashboard.invalid';
  const url = new URL(next, origin);
  if (url.origin !== origin || url.pathname.startsWith('/login')) return HOME;
  return url.pathname + url.search + url.hash;
}
