import { Button, Group, Skeleton } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { SessionRecord } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Moment } from '../../ui/moment.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Row, Rows, Section } from './section.tsx'
import { useBrowserName } from './use-browser-name.ts'

const sessionsKey = ['person', 'sessions'] as const

/** Where a person is signed in, and the way to end it there. */
export function SessionsSection() {
  const { say } = useWords()
  const { data, error, refetch } = useQuery({
    queryKey: sessionsKey,
    queryFn: ({ signal }) => api<{ readonly items: readonly SessionRecord[] }>('/v1/sessions', { signal }),
  })
  const others = data?.items.filter(({ current }) => !current).length ?? 0
  return (
    <Section title={say('profile.sessions.title')} description={say('profile.sessions.text')}>
      {data === undefined && error === null && <Skeleton height={88} aria-label={say('common.loading')} />}
      {data === undefined && error !== null && <ErrorNote error={error} retry={() => void refetch()} />}
      {data !== undefined && <Sessions sessions={data.items} />}
      {others > 0 && <EndOthers />}
    </Section>
  )
}

function Sessions({ sessions }: { readonly sessions: readonly SessionRecord[] }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const queries = useQueryClient()
  const browserName = useBrowserName()
  const end = useMutation({
    mutationFn: (id: string) => api<null>(`/v1/sessions/${segment(id)}`, { method: 'DELETE' }),
    onSuccess: () => announce(say('profile.sessions.ended')),
    // Whatever the answer was: the list shows what is true.
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsKey }),
  })
  return (
    <>
      <RefusalNote error={end.error} />
      <Rows label={say('profile.sessions.title')}>
        {sessions.map((session) => {
          const name = browserName(session.userAgent)
          return (
            <Row
              key={session.id}
              title={
                <Group gap="xs">
                  {name}
                  {session.current && <StateBadge tone="good">{say('profile.sessions.current')}</StateBadge>}
                </Group>
              }
              about={
                <>
                  {say('profile.sessions.seen')} <Moment at={session.lastSeenAt} />
                  {session.network !== null && ` ${say('profile.sessions.from', { network: session.network })}`}
                </>
              }
              actions={
                session.current ? undefined : (
                  <BusyButton
                    variant="default"
                    size="xs"
                    aria-label={say('profile.sessions.endNamed', { name })}
                    busy={end.isPending && end.variables === session.id}
                    onClick={() => end.mutate(session.id)}
                  >
                    {say('profile.sessions.end')}
                  </BusyButton>
                )
              }
            />
          )
        })}
      </Rows>
    </>
  )
}

function EndOthers() {
  const { say } = useWords()
  const announce = useAnnounce()
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const end = useMutation({
    mutationFn: () => api<{ readonly ended: number }>('/v1/sessions/end-others', { method: 'POST', body: {} }),
    onSuccess: async ({ ended }) => {
      announce(say('profile.sessions.endedOthers', { count: ended }))
      setAsking(false)
      await queries.invalidateQueries({ queryKey: sessionsKey })
    },
  })
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {say('profile.sessions.endOthers')}
      </Button>
      {asking && (
        <ConfirmDialog
          title={say('profile.sessions.endOthersTitle')}
          verb={say('profile.sessions.end')}
          busy={end.isPending}
          error={end.error}
          onConfirm={() => end.mutate()}
          onClose={() => setAsking(false)}
        >
          {say('profile.sessions.endOthersText')}
        </ConfirmDialog>
      )}
    </>
  )
}
