import type { LifecycleAction } from '@keywright/core'
import { Button, Group } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { accountKey } from '../../../api/queries.ts'
import type { Key } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { useProblemText } from '../../../ui/error-note.tsx'
import { ProofDeclined, useProof } from '../../../ui/proof.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { undoOf } from './key-action-rules.ts'

const undoMs = 10_000
const noteMs = 6_000

/** An action that is one request and shows no secret. */
export type PlainAction = Exclude<LifecycleAction, 'rotate'>

/** The name that a key goes by in sentences. */
export const callName = (key: Pick<Key, 'name' | 'masked'>): string => key.name ?? key.masked

/** Makes what is shown of an account's keys be read anew. */
export function useForgetKeys(): () => void {
  const queries = useQueryClient()
  const { accountId } = useAccount()
  return () => {
    for (const part of ['keys', 'usage', 'notices'] as const)
      void queries.invalidateQueries({ queryKey: accountKey(accountId, part) })
  }
}

/** Does an action on a key, says so, and offers the way back for ten seconds where there is one. */
export function useKeyAction(): {
  readonly act: (key: Key, action: PlainAction) => Promise<void>
  /** As `act`, with a failure in a message instead of thrown: for actions that no dialog asks about. Whether it was done. */
  readonly actAtOnce: (key: Key, action: PlainAction) => Promise<boolean>
} {
  const { say } = useWords()
  const config = useConfig()
  const { acting, may } = useAccount()
  const announce = useAnnounce()
  const problemText = useProblemText()
  const prove = useProof()
  const forget = useForgetKeys()

  const send = (key: Key, action: PlainAction): Promise<unknown> => {
    const path = `/v1/keys/${segment(key.id)}`
    return prove(() =>
      action === 'delete'
        ? api<null>(path, { method: 'DELETE', acting })
        : api<Key>(`${path}/${action}`, { method: 'POST', acting, body: {} }),
    )
  }

  const fail = (key: Key, error: unknown): void => {
    if (error instanceof ProofDeclined) return
    notifications.show({
      color: 'red.9',
      title: say('keyActions.failed', { name: callName(key) }),
      message: problemText(error),
      closeButtonProps: { 'aria-label': say('keyActions.close') },
    })
  }

  const undo = async (key: Key, action: PlainAction, note: string): Promise<void> => {
    notifications.hide(note)
    try {
      await send(key, action)
      announce(say('keyActions.undone', { name: callName(key) }))
    } catch (error) {
      fail(key, error)
    }
    forget()
  }

  const tell = (key: Key, action: PlainAction): void => {
    const text = say(`keyActions.done.${action}`, {
      action: config.actions[action]?.label ?? '',
      name: callName(key),
      state: config.display.stateLabels[action === 'reactivate' ? 'active' : 'paused'],
    })
    const back = undoOf(action, config, { may })
    const note = `key-${key.id}`
    notifications.hide(note)
    notifications.show({
      id: note,
      autoClose: back === null ? noteMs : undoMs,
      withBorder: true,
      closeButtonProps: { 'aria-label': say('keyActions.close') },
      message: (
        <Group justify="space-between" gap="sm">
          <span style={{ flex: '1 1 160px' }}>{text}</span>
          {back !== null && (
            <Button variant="default" size="xs" onClick={() => void undo(key, back, note)}>
              {say('keyActions.undo')}
            </Button>
          )}
        </Group>
      ),
    })
    announce(back === null ? text : `${text} ${say('keyActions.undoHint')}`)
  }

  const act = async (key: Key, action: PlainAction): Promise<void> => {
    await send(key, action)
    tell(key, action)
    forget()
  }
  return {
    act,
    actAtOnce: async (key, action) => {
      try {
        await act(key, action)
        return true
      } catch (error) {
        fail(key, error)
        return false
      }
    },
  }
}
