import { NewExperimentPage } from '../../../../features/experiments/new-experiment-page.tsx';

export default async function Page({ searchParams }: PageProps<'/experiments/new'>) {
  const { pipeline, from } = await searchParams;
  return (
    <NewExperimentPage
      pipelineId={typeof pipeline === 'string' ? pipeline : null}
      fromId={typeof from === 'string' ? from : null}
    />
  );
}
