/** What the browser's tab says. */
export function DocumentTitle({ title }: { title: string }) {
  return <title>{`${title} · AzuraForge`}</title>;
}
