/** The screens and their addresses. Each screen is a chunk of its own. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { queryClient } from '~/app/queryClient';
import {
  documentParams,
  documentsParams,
  jobsParams,
  labelsParams,
  pagesParams,
  parseSearch,
  reviewParams,
  searchParams,
  signinParams,
  stringifySearch,
} from '~/app/searchParams';
import { sessionQuery } from '~/app/session';
import { NotFoundPage, RouteError, RoutePending } from '~/components/RouteStates';
import { withTexts } from '~/i18n';

const rootRoute = createRootRoute();

const signinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/signin',
  validateSearch: signinParams,
  component: lazyRouteComponent(
    withTexts('later', () => import('~/features/signin/SigninPage')),
    'SigninPage',
  ),
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!session.user) throw redirect({ to: '/signin', search: { to: location.href } });
  },
  component: lazyRouteComponent(() => import('~/app/Shell'), 'Shell'),
});

const searchRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  validateSearch: searchParams,
  component: lazyRouteComponent(() => import('~/features/search/SearchPage'), 'SearchPage'),
});

const documentsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/documents',
  validateSearch: documentsParams,
  component: lazyRouteComponent(
    withTexts('later', () => import('~/features/documents/DocumentsPage')),
    'DocumentsPage',
  ),
});

const documentRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/documents/$id',
  validateSearch: documentParams,
  component: lazyRouteComponent(
    withTexts(['curate', 'later'], () => import('~/features/document/DocumentPage')),
    'DocumentPage',
  ),
});

const jobsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/jobs',
  validateSearch: jobsParams,
  component: lazyRouteComponent(
    withTexts('later', () => import('~/features/reading/JobsPage')),
    'JobsPage',
  ),
});

const pagesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/pages',
  validateSearch: pagesParams,
  component: lazyRouteComponent(
    withTexts('later', () => import('~/features/reading/WorstPages')),
    'WorstPages',
  ),
});

const modelsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/models',
  component: lazyRouteComponent(
    withTexts('loop', () => import('~/features/models/ModelsPage')),
    'ModelsPage',
  ),
});

const modelRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/models/$name',
  component: lazyRouteComponent(
    withTexts('loop', () => import('~/features/models/ModelPage')),
    'ModelPage',
  ),
});

const trainingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/trainings',
  component: lazyRouteComponent(
    withTexts('loop', () => import('~/features/trainings/TrainingsPage')),
    'TrainingsPage',
  ),
});

const newTrainingRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/trainings/new',
  component: lazyRouteComponent(
    withTexts('loop', () => import('~/features/trainings/NewTrainingPage')),
    'NewTrainingPage',
  ),
});

const trainingRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/trainings/$id',
  component: lazyRouteComponent(
    withTexts('loop', () => import('~/features/trainings/TrainingPage')),
    'TrainingPage',
  ),
});

const reviewRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/review',
  validateSearch: reviewParams,
  component: lazyRouteComponent(
    withTexts(['curate', 'later'], () => import('~/features/review/ReviewPage')),
    'ReviewPage',
  ),
});

const labelsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/labels',
  validateSearch: labelsParams,
  component: lazyRouteComponent(
    withTexts(['curate', 'later'], () => import('~/features/labels/LabelsPage')),
    'LabelsPage',
  ),
});

const settingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: 'general' } });
  },
});

const settingsSectionRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/settings/$section',
  beforeLoad: ({ params }) => {
    if (params.section === 'taxonomy') throw redirect({ to: '/labels' });
  },
  component: lazyRouteComponent(
    withTexts(['later', 'indexing'], () => import('~/features/settings/SettingsPage')),
    'SettingsPage',
  ),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signinRoute,
    appRoute.addChildren([
      searchRoute,
      documentsRoute,
      documentRoute,
      jobsRoute,
      pagesRoute,
      modelsRoute,
      modelRoute,
      trainingsRoute,
      newTrainingRoute,
      trainingRoute,
      reviewRoute,
      labelsRoute,
      settingsRoute,
      settingsSectionRoute,
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  defaultPendingComponent: RoutePending,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
