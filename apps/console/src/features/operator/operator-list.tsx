import { Button, Group, Text } from '@mantine/core'
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sessionQuery } from '../../api/queries.ts'
import type { Operator } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { operatorKey } from './operator-keys.ts'
import { RefusedDialog } from './refused-dialog.tsx'

/** The people who operate the installation. */
export function OperatorList() {
  const { say } = useWords()
  const queries = useQueryClient()
  const { data: session } = useSuspenseQuery(sessionQuery)
  const [removed, setRemoved] = useState<Operator | null>(null)
  const pages = usePages<Operator>([...operatorKey('operators'), 'people'], '/v1/operators', { acting: 'operator' })
  const remove = async ({ person }: Operator, body: unknown): Promise<void> => {
    await api(`/v1/operators/${segment(person)}`, { method: 'DELETE', acting: 'operator', body })
    await queries.invalidateQueries({ queryKey: operatorKey('operators') })
    if (person === session.person.id) await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  return (
    <>
      <Listing
        caption={say('operator.who.caption')}
        pages={{ ...pages, items: pages.items.map((operator) => ({ ...operator, id: operator.person })) }}
        empty={<EmptyState title={say('operator.who.empty')}>{say('operator.who.emptyText')}</EmptyState>}
        columns={[
          {
            id: 'name',
            label: say('operator.name'),
            names: true,
            cell: ({ person, name, email }) => (
              <>
                <span className="breaks">{name}</span>
                {person === session.person.id && (
                  <Text span size="sm" c="dimmed" fw={400}>
                    {' '}
                    · {say('operator.who.you')}
                  </Text>
                )}
                <Text size="sm" c="dimmed" fw={400} className="breaks">
                  {email}
                </Text>
              </>
            ),
          },
          { id: 'added', label: say('operator.added'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
          {
            id: 'actions',
            label: say('common.actions'),
            headingHidden: true,
            cell: (operator) => (
              <Group justify="flex-end">
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => setRemoved(operator)}
                  aria-label={`${say('operator.who.remove')}: ${operator.name}`}
                >
                  {say('operator.who.remove')}
                </Button>
              </Group>
            ),
          },
        ]}
      />
      {removed !== null && (
        <RefusedDialog
          title={say('operator.who.removeTitle', { name: removed.name })}
          text={say('operator.who.removeText')}
          verb={say('operator.who.remove')}
          danger
          done={say('operator.who.removed', { name: removed.name })}
          refusals={{ last_operator: say('operator.who.last') }}
          work={(body) => remove(removed, body)}
          onClose={() => setRemoved(null)}
        />
      )}
    </>
  )
}
