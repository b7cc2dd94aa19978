import { Button } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { CreateDialog } from './create-dialog.tsx'
import { WebhookList } from './webhook-list.tsx'
import { accountOwner, installationOwner, type WebhookOwner } from './webhook-owner.ts'

function Page({ owner, description }: { readonly owner: WebhookOwner; readonly description: string }) {
  const { say } = useWords()
  const { product } = useConfig()
  const [creating, setCreating] = useState(false)
  return (
    <>
      <PageHeader
        title={say('webhooks.title')}
        product={product.name}
        description={description}
        action={<Button onClick={() => setCreating(true)}>{say('webhooks.create')}</Button>}
      />
      <WebhookList
        owner={owner}
        empty={<EmptyState title={say('webhooks.empty')}>{say('webhooks.emptyText')}</EmptyState>}
      />
      {creating && <CreateDialog owner={owner} onClose={() => setCreating(false)} />}
    </>
  )
}

/** The webhooks of an account, for those who manage its members. */
export function WebhooksPage() {
  const { say } = useWords()
  const { product } = useConfig()
  const { accountId, acting, managesMembers } = useAccount()
  if (managesMembers) return <Page owner={accountOwner(accountId, acting)} description={say('webhooks.description')} />
  return (
    <>
      <PageHeader title={say('webhooks.title')} product={product.name} />
      <EmptyState title={say('problems.forbidden')}>{say('webhooks.forbidden')}</EmptyState>
    </>
  )
}

/** The webhooks of the whole installation. */
export function InstallationWebhooksPage() {
  const { say } = useWords()
  return <Page owner={installationOwner} description={say('webhooks.installationDescription')} />
}
