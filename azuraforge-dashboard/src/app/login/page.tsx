import { LoginPage } from '../../features/auth/login-page.tsx';

export default async function Page({ searchParams }: PageProps<'/login'>) {
  const { next } = await searchParams;
  return <LoginPage next={typeof next === 'string' ? next : null} />;
}
