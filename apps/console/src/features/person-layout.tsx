import { useSuspenseQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { sessionQuery } from '../api/queries.ts'
import { useWords } from '../locales/words.tsx'
import { Shell } from '../ui/shell.tsx'
import { useConfig } from './account-context.tsx'
import { accountLinks } from './account-links.ts'

/** The pages of the person themself: the navigation stays that of their first account. */
export function PersonLayout() {
  const { data: session } = useSuspenseQuery(sessionQuery)
  const config = useConfig()
  const { say } = useWords()
  const membership = session.memberships.find(({ state }) => state === 'active')
  const role = config.roles.find(({ id }) => id === membership?.role) ?? null
  const links =
    membership === undefined
      ? []
      : accountLinks(membership.account.id, {
          config,
          say,
          viewsKeys: role?.may.includes('view') ?? false,
          managesMembers: role?.managesMembers ?? false,
        })
  return (
    <Shell session={session} links={links} account={membership?.account ?? null}>
      <Outlet />
    </Shell>
  )
}
