import { ActionIcon, Button, Group, Menu, Stack, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { ListedPerson } from '../../api/records.ts'
import { usePages } from '../../api/use-pages.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { Once } from '../../ui/once.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { operatorKey } from './operator-keys.ts'
import { type PasswordLink, type PersonStep, PersonStepDialog } from './person-step-dialog.tsx'

function PersonMenu({
  person,
  choose,
}: {
  readonly person: ListedPerson
  readonly choose: (step: PersonStep) => void
}) {
  const { say } = useWords()
  const step = person.suspended ? 'resume' : 'suspend'
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="inherit"
          size="lg"
          aria-label={say('common.actionsFor', { name: person.name })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => choose('link')}>{say('operator.person.link')}</Menu.Item>
        <Menu.Item onClick={() => choose('end')}>{say('operator.person.end')}</Menu.Item>
        <Menu.Item onClick={() => choose(step)}>{say(`operator.${step}`)}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function LinkDialog({ link, onClose }: { readonly link: PasswordLink; readonly onClose: () => void }) {
  const { say } = useWords()
  const format = useFormat()
  return (
    <Dialog opened onClose={onClose} title={say('operator.person.linkDone')} size="lg">
      <Stack gap="md">
        <Once
          label={say('operator.person.linkLabel')}
          text={link.link}
          why={say('operator.person.linkWhy', { time: format.moment(link.expiresAt) })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {say('common.close')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** The people who fit a search (empty: all), and what operators do for them. */
export function PeopleList({ search, empty }: { readonly search: string; readonly empty: ReactNode }) {
  const { say } = useWords()
  const [chosen, setChosen] = useState<{ readonly person: ListedPerson; readonly step: PersonStep } | null>(null)
  const [link, setLink] = useState<PasswordLink | null>(null)
  const pages = usePages<ListedPerson>(operatorKey('people'), '/v1/people', { acting: 'operator', query: { search } })
  return (
    <>
      <Listing
        caption={say('operator.person.caption')}
        pages={pages}
        empty={empty}
        columns={[
          {
            id: 'name',
            label: say('operator.name'),
            names: true,
            cell: ({ name, email }) => (
              <>
                <span className="breaks">{name}</span>
                <Text size="sm" c="dimmed" fw={400} className="breaks">
                  {email}
                </Text>
              </>
            ),
          },
          {
            id: 'state',
            label: say('operator.state'),
            cell: ({ suspended }) => (
              <StateBadge tone={suspended ? 'attention' : 'good'}>
                {say(suspended ? 'operator.suspended' : 'operator.active')}
              </StateBadge>
            ),
          },
          { id: 'added', label: say('operator.added'), cell: ({ createdAt }) => <Moment at={createdAt} /> },
          {
            id: 'actions',
            label: say('common.actions'),
            headingHidden: true,
            cell: (person) => (
              <Group justify="flex-end">
                <PersonMenu person={person} choose={(step) => setChosen({ person, step })} />
              </Group>
            ),
          },
        ]}
      />
      {chosen !== null && <PersonStepDialog {...chosen} onLink={setLink} onClose={() => setChosen(null)} />}
      {link !== null && <LinkDialog link={link} onClose={() => setLink(null)} />}
    </>
  )
}
