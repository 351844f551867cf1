import { PipelinesPage } from '../../../features/pipelines/pipelines-page.tsx';

export default function Page() {
  return <PipelinesPage />;
}
