import type { Key } from '../../../api/records.ts'
import { useAccount, useConfig } from '../../account-context.tsx'
import { type OfferedAction, offeredActions } from './key-action-rules.ts'
import { type Asked, useAskKeyAction } from './key-dialogs-provider.tsx'
import { useKeyAction } from './use-key-action.tsx'

/** The actions of a key, and how to begin one: at once, or by the dialog that the configuration asks for. */
export function useKeyDialogs(
  keyRecord: Key,
  { onDeleted, onClosed }: Pick<Asked, 'onDeleted' | 'onClosed'>,
): { readonly offered: readonly OfferedAction[]; readonly begin: (action: OfferedAction) => void } {
  const config = useConfig()
  const { may, account } = useAccount()
  const { actAtOnce } = useKeyAction()
  const ask = useAskKeyAction()
  const offered = offeredActions(keyRecord, config, {
    may,
    isSuspended: account.state === 'suspended',
    nowMs: Date.now(),
  })
  const begin = (chosen: OfferedAction): void => {
    const { action, words } = chosen
    if (action === 'rotate' || words.confirm !== 'none') ask({ keyRecord, chosen, onDeleted, onClosed })
    else void actAtOnce(keyRecord, action).then((done) => done && action === 'delete' && onDeleted?.())
  }
  return { offered, begin }
}
