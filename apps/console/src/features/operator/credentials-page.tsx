import { Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Config, Credential } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { type Say, useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { type Column, Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useConfig } from '../account-context.tsx'
import { CreateCredentialDialog } from './create-credential-dialog.tsx'
import { operatorKey } from './operator-keys.ts'
import { RefusedDialog } from './refused-dialog.tsx'

const columnsOf = (
  say: Say,
  environments: Config['environments'],
  remove: (credential: Credential) => void,
): readonly Column<Credential>[] => [
  {
    id: 'name',
    label: say('operator.name'),
    names: true,
    cell: ({ name }) => <span className="breaks">{name}</span>,
  },
  {
    id: 'preview',
    label: say('operator.credential.preview'),
    cell: ({ masked }) => (
      <span className="mono" style={{ whiteSpace: 'nowrap' }}>
        {masked}
      </span>
    ),
  },
  { id: 'kind', label: say('operator.credential.kind'), cell: ({ kind }) => say(`operator.credential.${kind}`) },
  {
    id: 'checks',
    label: say('operator.credential.checks'),
    cell: ({ kind, environment, audiences }) =>
      kind === 'operator' ? (
        <Text size="sm" c="dimmed">
          {say('operator.credential.everything')}
        </Text>
      ) : (
        <>
          {environments.find(({ id }) => id === environment)?.label ?? environment}
          <Text size="sm" c="dimmed" className="mono breaks">
            {audiences.join(', ')}
          </Text>
        </>
      ),
  },
  { id: 'created', label: say('operator.created'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
  {
    id: 'actions',
    label: say('common.actions'),
    headingHidden: true,
    cell: (credential) => (
      <Group justify="flex-end">
        <Button
          variant="default"
          size="xs"
          onClick={() => remove(credential)}
          aria-label={`${say('operator.delete')}: ${credential.name}`}
        >
          {say('operator.delete')}
        </Button>
      </Group>
    ),
  },
]

/** The credentials of programs. */
export function CredentialsPage() {
  const { say } = useWords()
  const { product, environments } = useConfig()
  const queries = useQueryClient()
  const [creating, setCreating] = useState(false)
  const [removed, setRemoved] = useState<Credential | null>(null)
  const pages = usePages<Credential>(operatorKey('credentials'), '/v1/credentials', { acting: 'operator' })
  const remove = async ({ id }: Credential, body: unknown): Promise<void> => {
    await api(`/v1/credentials/${segment(id)}`, { method: 'DELETE', acting: 'operator', body })
    await queries.invalidateQueries({ queryKey: operatorKey('credentials') })
  }
  return (
    <>
      <PageHeader
        title={say('operator.credentials')}
        product={product.name}
        description={say('operator.credential.description')}
        action={<Button onClick={() => setCreating(true)}>{say('operator.credential.create')}</Button>}
      />
      <Listing
        caption={say('operator.credential.caption')}
        pages={pages}
        empty={<EmptyState title={say('operator.credential.empty')}>{say('operator.credential.emptyText')}</EmptyState>}
        columns={columnsOf(say, environments, setRemoved)}
      />
      {creating && <CreateCredentialDialog onClose={() => setCreating(false)} />}
      {removed !== null && (
        <RefusedDialog
          title={say('operator.credential.deleteTitle', { name: removed.name })}
          text={say('operator.credential.deleteText')}
          verb={say('operator.delete')}
          danger
          done={say('operator.credential.deleteDone', { name: removed.name })}
          refusals={{ last_operator: say('operator.who.last') }}
          work={(body) => remove(removed, body)}
          onClose={() => setRemoved(null)}
        />
      )}
    </>
  )
}
