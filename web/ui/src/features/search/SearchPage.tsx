/** Search: home while there is no query, results once there is. Everything is in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SearchParams } from '~/app/searchParams';
import { useTitle } from '~/components/useTitle';
import { Home } from '~/features/search/Home';
import { Results } from '~/features/search/Results';

export function SearchPage() {
  const { t } = useTranslation();
  const params = useSearch({ from: '/app/' });
  const navigate = useNavigate();
  useTitle(params.q ?? t('nav.search'));
  const change = (next: SearchParams) => void navigate({ to: '/', search: next });
  return params.q ? (
    <Results params={{ ...params, q: params.q }} onChange={change} />
  ) : (
    <Home onSearch={(q) => q && change({ ...params, q })} />
  );
}
