import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { isSignedOut } from './api/problem.ts'
import { sessionQuery } from './api/queries.ts'
import type { Session } from './api/records.ts'
import { AccountLayout } from './features/account-layout.tsx'
import { readActivitySearch } from './features/activity/activity-search.ts'
import { CrashPage, MissingPage, PendingPage } from './features/fault-pages.tsx'
import { readKeysSearch } from './features/keys/keys-search.ts'
import { NoAccountPage } from './features/no-account-page.tsx'
import { OperatorLayout } from './features/operator-layout.tsx'
import { PersonLayout } from './features/person-layout.tsx'

interface RouterContext {
  readonly queries: QueryClient
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** A path of ours to return to; anything else is forgotten, so that nobody is sent elsewhere after signing in. */
const ownPath = (value: unknown): string | undefined => {
  const path = text(value)
  return path !== undefined && /^\/(?![/\\])/.test(path) ? path : undefined
}

const readReturn = (search: Record<string, unknown>): { readonly returnTo?: string; readonly error?: string } => {
  const returnTo = ownPath(search['returnTo'])
  const error = text(search['error'])
  return { ...(returnTo === undefined ? {} : { returnTo }), ...(error === undefined ? {} : { error }) }
}

async function requireSession(queries: QueryClient, location: { readonly href: string }): Promise<Session> {
  try {
    return await queries.ensureQueryData(sessionQuery)
  } catch (error) {
    if (isSignedOut(error))
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { returnTo: location.href } })
    throw error
  }
}

/** Where a person belongs who came without an address. */
function homeOf({ memberships, operator }: Session) {
  const membership = memberships.find(({ state }) => state === 'active')
  if (membership !== undefined)
    return redirect({ to: '/accounts/$account/keys', params: { account: membership.account.id } })
  return operator ? redirect({ to: '/operator/accounts' }) : undefined
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: MissingPage,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readReturn,
  component: lazyRouteComponent(() => import('./features/sign-in/sign-in-page.tsx'), 'SignInPage'),
})
const newPassword = createRoute({
  getParentRoute: () => root,
  path: '/new-password',
  component: lazyRouteComponent(() => import('./features/sign-in/new-password-page.tsx'), 'NewPasswordPage'),
})
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup/$token',
  component: lazyRouteComponent(() => import('./features/set-up/set-up-page.tsx'), 'SetUpPage'),
})
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./features/invitation/invitation-page.tsx'), 'InvitationPage'),
})

const person = createRoute({
  getParentRoute: () => root,
  id: 'person',
  beforeLoad: async ({ context, location }) => ({ session: await requireSession(context.queries, location) }),
  component: Outlet,
})
const home = createRoute({
  getParentRoute: () => person,
  path: '/',
  beforeLoad: ({ context }) => {
    const target = homeOf(context.session)
    if (target !== undefined) throw target
  },
  component: NoAccountPage,
})

const account = createRoute({ getParentRoute: () => person, path: '/accounts/$account', component: AccountLayout })
const accountHome = createRoute({
  getParentRoute: () => account,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/accounts/$account/keys', params })
  },
})
const keys = createRoute({
  getParentRoute: () => account,
  path: '/keys',
  validateSearch: readKeysSearch,
  component: lazyRouteComponent(() => import('./features/keys/keys-page.tsx'), 'KeysPage'),
})
const key = createRoute({
  getParentRoute: () => account,
  path: '/keys/$key',
  component: lazyRouteComponent(() => import('./features/key-detail/key-page.tsx'), 'KeyPage'),
})
const activity = createRoute({
  getParentRoute: () => account,
  path: '/activity',
  validateSearch: readActivitySearch,
  component: lazyRouteComponent(() => import('./features/activity/activity-page.tsx'), 'ActivityPage'),
})
const team = createRoute({
  getParentRoute: () => account,
  path: '/team',
  component: lazyRouteComponent(() => import('./features/team/team-page.tsx'), 'TeamPage'),
})
const webhooks = createRoute({
  getParentRoute: () => account,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./features/webhooks/webhooks-page.tsx'), 'WebhooksPage'),
})
const webhook = createRoute({
  getParentRoute: () => account,
  path: '/webhooks/$webhook',
  component: lazyRouteComponent(() => import('./features/webhooks/webhook-page.tsx'), 'WebhookPage'),
})
const notices = createRoute({
  getParentRoute: () => account,
  path: '/notices',
  component: lazyRouteComponent(() => import('./features/notices/notices-page.tsx'), 'NoticesPage'),
})
const settings = createRoute({
  getParentRoute: () => account,
  path: '/settings',
  component: lazyRouteComponent(() => import('./features/settings/settings-page.tsx'), 'SettingsPage'),
})

const personLayout = createRoute({ getParentRoute: () => person, id: 'own', component: PersonLayout })
const profile = createRoute({
  getParentRoute: () => personLayout,
  path: '/profile',
  component: lazyRouteComponent(() => import('./features/profile/profile-page.tsx'), 'ProfilePage'),
})

const operator = createRoute({ getParentRoute: () => person, path: '/operator', component: OperatorLayout })
const operatorHome = createRoute({
  getParentRoute: () => operator,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/operator/accounts' })
  },
})
const operatorAccounts = createRoute({
  getParentRoute: () => operator,
  path: '/accounts',
  validateSearch: (search: Record<string, unknown>): { readonly search?: string } => {
    const wanted = text(search['search'])
    return wanted === undefined ? {} : { search: wanted }
  },
  component: lazyRouteComponent(() => import('./features/operator/accounts-page.tsx'), 'OperatorAccountsPage'),
})
const operatorOperators = createRoute({
  getParentRoute: () => operator,
  path: '/operators',
  component: lazyRouteComponent(() => import('./features/operator/operators-page.tsx'), 'OperatorsPage'),
})
const operatorPeople = createRoute({
  getParentRoute: () => operator,
  path: '/people',
  component: lazyRouteComponent(() => import('./features/operator/people-page.tsx'), 'PeoplePage'),
})
const operatorCredentials = createRoute({
  getParentRoute: () => operator,
  path: '/credentials',
  component: lazyRouteComponent(() => import('./features/operator/credentials-page.tsx'), 'CredentialsPage'),
})
const operatorLog = createRoute({
  getParentRoute: () => operator,
  path: '/log',
  validateSearch: readActivitySearch,
  component: lazyRouteComponent(() => import('./features/operator/log-page.tsx'), 'LogPage'),
})
const operatorWebhooks = createRoute({
  getParentRoute: () => operator,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./features/webhooks/webhooks-page.tsx'), 'InstallationWebhooksPage'),
})
const operatorWebhook = createRoute({
  getParentRoute: () => operator,
  path: '/webhooks/$webhook',
  component: lazyRouteComponent(() => import('./features/webhooks/webhook-page.tsx'), 'InstallationWebhookPage'),
})

const tree = root.addChildren([
  signIn,
  newPassword,
  setUp,
  invitation,
  person.addChildren([
    home,
    account.addChildren([accountHome, keys, key, activity, team, webhooks, webhook, notices, settings]),
    personLayout.addChildren([profile]),
    operator.addChildren([
      operatorHome,
      operatorAccounts,
      operatorOperators,
      operatorPeople,
      operatorCredentials,
      operatorLog,
      operatorWebhooks,
      operatorWebhook,
    ]),
  ]),
])

/** Makes the router over the data that its routes need before they are shown. */
export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { queries },
    defaultErrorComponent: CrashPage,
    defaultPendingComponent: PendingPage,
    defaultPendingMs: 300,
    scrollRestoration: true,
  })

/** Leads who was signed in and is no longer to sign-in, and afterwards back to where they were. */
export function leadToSignIn({ state, latestLocation, navigate }: ReturnType<typeof makeRouter>): void {
  const needsSession = state.matches.some(({ routeId }) => routeId === '/person')
  if (!needsSession || latestLocation.pathname === '/sign-in') return
  void navigate({ to: '/sign-in', search: { returnTo: latestLocation.href } })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
