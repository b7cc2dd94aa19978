import { Button, Menu } from '@mantine/core'
import { IconSelector } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Session } from '../api/records.ts'
import { useConfig } from '../features/account-context.tsx'
import { useWords } from '../locales/words.tsx'
import classes from './shell.module.css'

/** The account that the page is about, and the way to the others of the person. */
export function AccountSwitcher({
  session,
  account,
}: {
  readonly session: Session
  readonly account: { readonly id: string; readonly name: string }
}) {
  const { say } = useWords()
  const { words } = useConfig()
  const others = session.memberships.filter(({ state }) => state === 'active')
  const { name } = account
  if (others.every((each) => each.account.id === account.id))
    return (
      <span className={classes['account']} title={name}>
        {name}
      </span>
    )
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          c="inherit"
          h={32}
          px={8}
          ml={-8}
          fw={400}
          fz="md"
          rightSection={<IconSelector size={16} aria-hidden />}
          aria-label={`${name}. ${say('shell.account', { account: words.account.one })}`}
          maw={260}
          miw={0}
          styles={{
            inner: { minWidth: 0 },
            // The kit trims a label to its capitals, which cuts a “g” where what flows over is hidden.
            label: { textOverflow: 'ellipsis', display: 'block', textBox: 'normal', lineHeight: '28px' },
          }}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {others.map(({ account: each }) => (
          <Menu.Item key={each.id} component={Link} to={`/accounts/${each.id}/keys`}>
            {each.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
