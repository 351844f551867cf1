'use client';

import { CrashState } from '../shell/state.tsx';

export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  return <CrashState onRetry={reset} />;
}
