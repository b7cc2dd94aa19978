import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react'
import type { KeySummary } from '../../../api/records.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { Reasoned } from '../../../ui/reasoned.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'

const CreateKeyDialog = lazy(() =>
  import('../create/create-key-dialog.tsx').then(({ CreateKeyDialog }) => ({ default: CreateKeyDialog })),
)

/** Why no key can be created; `null`: one can. */
function useReason(summary: KeySummary | undefined): string | null {
  const { say } = useWords()
  const format = useFormat()
  const { words, roles } = useConfig()
  const { may, account } = useAccount()
  if (!may('create')) {
    const able = roles.filter((role) => role.may.includes('create')).map(({ label }) => label)
    return say('keys.mayNotCreate', { roles: format.list(able) })
  }
  if (account.state === 'suspended') return say('keys.suspended', { account: words.account.one })
  const cap = summary?.cap
  if (cap !== undefined && cap.max !== null && cap.used >= cap.max) return say('keys.capReached', { max: cap.max })
  return null
}

/** The way to a new key; where there is none, it says why. */
export function CreateKeyButton({
  summary,
  onOpen,
}: {
  readonly summary: KeySummary | undefined
  readonly onOpen: () => void
}) {
  const { words } = useConfig()
  const reason = useReason(summary)
  return (
    <Reasoned reason={reason}>
      <Button data-create-key="" leftSection={<IconPlus size={16} aria-hidden />} onClick={onOpen}>
        {words.create}
      </Button>
    </Reasoned>
  )
}

/**
 * The dialog that makes a key, and the way to open it. It belongs to the page, not to its button: with the first key the empty page
 * and its button go, and the secret that is being shown must stay.
 */
export function useCreateKeyDialog(): { readonly open: () => void; readonly dialog: ReactNode } {
  const [loaded, setLoaded] = useState(false)
  const [opened, setOpened] = useState(false)
  const open = useCallback(() => {
    setLoaded(true)
    setOpened(true)
  }, [])
  const close = () => {
    setOpened(false)
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-create-key]')?.focus())
  }
  const dialog = loaded ? (
    <Suspense fallback={null}>
      <CreateKeyDialog opened={opened} onClose={close} />
    </Suspense>
  ) : null
  return { open, dialog }
}
