import { useSuspenseQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { sessionQuery } from '../api/queries.ts'
import { useWords } from '../locales/words.tsx'
import { Shell, type ShellLink } from '../ui/shell.tsx'
import { MissingPage } from './fault-pages.tsx'

/** The operators' pages; to anyone else there is nothing. */
export function OperatorLayout() {
  const { data: session } = useSuspenseQuery(sessionQuery)
  const { say } = useWords()
  if (!session.operator) return <MissingPage />
  const section = say('operator.title')
  const links: readonly ShellLink[] = [
    { to: '/operator/accounts', label: say('operator.accounts'), icon: 'account', section },
    { to: '/operator/people', label: say('operator.people'), icon: 'team', section },
    { to: '/operator/operators', label: say('operator.operators'), icon: 'operator', section },
    { to: '/operator/credentials', label: say('operator.credentials'), icon: 'keys', section },
    { to: '/operator/webhooks', label: say('operator.webhooks'), icon: 'webhooks', section },
    { to: '/operator/log', label: say('operator.log'), icon: 'activity', section },
  ]
  return (
    <Shell session={session} links={links}>
      <Outlet />
    </Shell>
  )
}
