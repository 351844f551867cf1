import { ExperimentsPage } from '../../../features/experiments/experiments-page.tsx';

export default async function Page({ searchParams }: PageProps<'/experiments'>) {
  const { status, pipeline } = await searchParams;
  return (
    <ExperimentsPage
      status={typeof status === 'string' ? status : null}
      pipelineId={typeof pipeline === 'string' ? pipeline : null}
    />
  );
}
