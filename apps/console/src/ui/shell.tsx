import { AppShell, Burger, Group, Menu, NavLink, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconActivity,
  IconBell,
  IconBuilding,
  IconKey,
  IconSettings,
  IconShield,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react'
import { Link, useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import type { Account, Session } from '../api/records.ts'
import { useConfig } from '../features/account-context.tsx'
import { useWords } from '../locales/words.tsx'
import { AccountSwitcher } from './account-switcher.tsx'
import { InShell } from './frame.tsx'
import { PersonMenu } from './person-menu.tsx'
import classes from './shell.module.css'

const icons = {
  keys: IconKey,
  activity: IconActivity,
  notices: IconBell,
  webhooks: IconWebhook,
  team: IconUsers,
  settings: IconSettings,
  account: IconBuilding,
  operator: IconShield,
} as const

/** One entry of the navigation. */
export interface ShellLink {
  readonly to: string
  readonly label: string
  readonly icon: keyof typeof icons
  /** The heading under which it stands. */
  readonly section: string | null
}

function Links({ links, onFollow }: { readonly links: readonly ShellLink[]; readonly onFollow: () => void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const sections = [...new Set(links.map(({ section }) => section))]
  return sections.map((section) => (
    <div key={section ?? ''} className={classes['section']}>
      {section !== null && (
        <Text size="xs" c="dimmed" fw={500} className={classes['heading']}>
          {section}
        </Text>
      )}
      {links
        .filter((link) => link.section === section)
        .map(({ to, label, icon }) => {
          const Icon = icons[icon]
          const active = path === to || path.startsWith(`${to}/`)
          return (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              active={active}
              aria-current={active ? 'page' : undefined}
              leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
              onClick={onFollow}
              className={classes['link'] ?? ''}
            />
          )
        })}
    </div>
  ))
}

/** The frame of every page of someone who is signed in: navigation where the configuration puts it, the account, the person's menu. */
export function Shell({
  session,
  links,
  account = null,
  actingFor = null,
  children,
}: {
  readonly session: Session
  readonly links: readonly ShellLink[]
  /** The account that the page is about; none in the operator area. */
  readonly account?: Pick<Account, 'id' | 'name'> | null
  /** The account for which an operator acts. */
  readonly actingFor?: string | null
  readonly children: ReactNode
}) {
  const { say } = useWords()
  const { product, words } = useConfig()
  const [opened, { toggle, close }] = useDisclosure(false)
  const onTop = words.menuPlace === 'top'
  const path = useRouterState({ select: ({ location }) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page begins at its title.
  useEffect(() => {
    document.querySelector<HTMLElement>('[data-page-title]')?.focus({ preventScroll: true })
  }, [path])
  return (
    <AppShell
      header={{ height: 52 }}
      {...(links.length === 0
        ? {}
        : { navbar: { width: 232, breakpoint: 'sm', collapsed: { mobile: !opened, desktop: onTop } } })}
      padding={0}
    >
      <a className="skip-link" href="#content">
        {say('common.skip')}
      </a>
      <AppShell.Header className={classes['header'] ?? ''}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
          <Group wrap="nowrap" gap="sm" miw={0}>
            {links.length > 0 && (
              <Burger
                opened={opened}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={say('shell.openMenu')}
                aria-expanded={opened}
              />
            )}
            <UnstyledButton component={Link} to="/" className={classes['product'] ?? ''} data-beside={account !== null}>
              {product.name}
            </UnstyledButton>
            {account !== null && (
              <>
                <span className={classes['between']} aria-hidden />
                <AccountSwitcher session={session} account={account} />
              </>
            )}
            {onTop && links.length > 0 && (
              <nav className={classes['top']} aria-label={say('shell.navigation')}>
                <TopLinks links={links} />
              </nav>
            )}
          </Group>
          <PersonMenu session={session} />
        </Group>
      </AppShell.Header>
      {links.length > 0 && (
        <AppShell.Navbar p="sm" aria-label={say('shell.navigation')} className={classes['navbar'] ?? ''}>
          <Links links={links} onFollow={close} />
        </AppShell.Navbar>
      )}
      <AppShell.Main id="content" tabIndex={-1} className={classes['main'] ?? ''}>
        {actingFor !== null && (
          <div className={classes['acting']} role="note">
            <span>{say('shell.acting', { name: actingFor })}</span>{' '}
            <Link to="/operator/accounts">{say('shell.leaveActing')}</Link>
          </div>
        )}
        <div className="content">
          <InShell value>{children}</InShell>
        </div>
      </AppShell.Main>
    </AppShell>
  )
}

function TopLinks({ links }: { readonly links: readonly ShellLink[] }) {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const { say } = useWords()
  const shown = links.slice(0, 4)
  const rest = links.slice(4)
  return (
    <>
      {shown.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          className={classes['topLink']}
          aria-current={path === to || path.startsWith(`${to}/`) ? 'page' : undefined}
        >
          {label}
        </Link>
      ))}
      {rest.length > 0 && (
        <Menu>
          <Menu.Target>
            <UnstyledButton className={classes['topLink'] ?? ''}>{say('common.more')}</UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map(({ to, label }) => (
              <Menu.Item key={to} component={Link} to={to}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  )
}
