import { CloseButton, Paper, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { KeySummary } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import classes from './filters.module.css'
import { choresOf } from './hygiene.ts'

const storageName = (accountId: string): string => `keywright-hygiene-${accountId}`

/** What there is to do about the keys, each a link to them; can be put away until the browser is closed. */
export function HygieneCard({ summary }: { readonly summary: KeySummary }) {
  const { say } = useWords()
  const config = useConfig()
  const { accountId } = useAccount()
  const [dismissed, setDismissed] = useState(() => sessionStorage.getItem(storageName(accountId)) !== null)
  const chores = choresOf(summary, config)
  if (dismissed || chores.length === 0) return null
  const dismiss = (): void => {
    sessionStorage.setItem(storageName(accountId), '1')
    setDismissed(true)
    document.querySelector<HTMLElement>('[data-page-title]')?.focus()
  }
  return (
    <Paper component="section" aria-label={say('keys.hygiene.title')} className={classes['hygiene'] ?? ''}>
      <IconAlertCircle size={18} className={classes['mark']} aria-hidden />
      <Text fw={500} visibleFrom="sm">
        {say('keys.hygiene.title')}
      </Text>
      <ul>
        {chores.map(({ kind, count, search }) => (
          <li key={kind}>
            <Link
              to="/accounts/$account/keys"
              params={{ account: accountId }}
              search={search}
              resetScroll={false}
              className={classes['chore']}
            >
              {say(`keys.hygiene.${kind}`, { count })}
            </Link>
          </li>
        ))}
      </ul>
      <CloseButton aria-label={say('keys.hygiene.dismiss')} onClick={dismiss} />
    </Paper>
  )
}
