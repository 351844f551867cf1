import { RunPage } from '../../../../features/experiments/run-page.tsx';

export default async function Page({ params, searchParams }: PageProps<'/experiments/[id]'>) {
  const [{ id }, { tab }] = await Promise.all([params, searchParams]);
  return <RunPage id={id} tab={typeof tab === 'string' ? tab : null} />;
}
