import { Alert } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { accountQuery, sessionQuery } from '../api/queries.ts'
import { useWords } from '../locales/words.tsx'
import { Shell } from '../ui/shell.tsx'
import { type AccountContext, AccountProvider, useConfig } from './account-context.tsx'
import { accountLinks } from './account-links.ts'
import { MissingPage } from './fault-pages.tsx'
import { KeyDialogsProvider } from './keys/actions/key-dialogs-provider.tsx'
import { useLive } from './use-live.ts'

function useAccountContext(accountId: string): AccountContext {
  const { data: session } = useSuspenseQuery(sessionQuery)
  const config = useConfig()
  const membership = session.memberships.find(({ account, state }) => account.id === accountId && state === 'active')
  const acting = membership === undefined && session.operator ? 'operator' : accountId
  const { data: account } = useSuspenseQuery(accountQuery(accountId, acting))
  return useMemo(() => {
    const role = config.roles.find(({ id }) => id === membership?.role) ?? null
    const isOperator = acting === 'operator'
    return {
      accountId,
      account,
      session,
      acting,
      memberId: membership?.member ?? null,
      role,
      may: (action) => isOperator || (role?.may.includes(action) ?? false),
      managesMembers: isOperator || (role?.managesMembers ?? false),
    }
  }, [accountId, account, session, acting, membership, config])
}

/** Everything of one account; who is no member, or no longer, sees what is seen of one that does not exist. */
export function AccountLayout() {
  const { account: accountId } = useParams({ from: '/person/accounts/$account' })
  const { data: session } = useSuspenseQuery(sessionQuery)
  const isMember = session.memberships.some(({ account, state }) => account.id === accountId && state === 'active')
  return isMember || session.operator ? <OpenAccount accountId={accountId} /> : <MissingPage />
}

/** Navigation by what the person may see, who acts, and live data. */
function OpenAccount({ accountId }: { readonly accountId: string }) {
  const context = useAccountContext(accountId)
  const config = useConfig()
  const { say } = useWords()
  const viewsKeys = context.may('view')
  useLive(accountId, context.acting, viewsKeys)
  const links = accountLinks(accountId, { config, say, viewsKeys, managesMembers: context.managesMembers })
  return (
    <AccountProvider value={context}>
      <Shell
        session={context.session}
        links={links}
        account={context.account}
        actingFor={context.acting === 'operator' ? context.account.name : null}
      >
        {context.account.state === 'suspended' && (
          <Alert color="red" mb="md">
            {say('shell.suspended', { account: config.words.account.one })}
          </Alert>
        )}
        <KeyDialogsProvider>
          <Outlet />
        </KeyDialogsProvider>
      </Shell>
    </AccountProvider>
  )
}
