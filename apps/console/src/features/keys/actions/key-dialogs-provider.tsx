import { createContext, lazy, type ReactNode, Suspense, useContext, useState } from 'react'
import type { Key } from '../../../api/records.ts'
import type { OfferedAction } from './key-action-rules.ts'

const ActionDialog = lazy(() => import('./action-dialog.tsx').then(({ ActionDialog }) => ({ default: ActionDialog })))
const RotateDialog = lazy(() => import('./rotate-dialog.tsx').then(({ RotateDialog }) => ({ default: RotateDialog })))

/** An action that a dialog asks about. */
export interface Asked {
  readonly keyRecord: Key
  readonly chosen: OfferedAction
  readonly onDeleted?: (() => void) | undefined
  /** The dialog is closed; the focus is to return to where it was opened. */
  readonly onClosed: () => void
}

const Ask = createContext<(asked: Asked) => void>(() => undefined)

/** Opens the dialog of an action. */
export const useAskKeyAction = (): ((asked: Asked) => void) => useContext(Ask)

/**
 * Holds the dialogs of keys' actions, above the lists from which they are opened: a row may go while its dialog is open (a filter no
 * longer fits the key that was just rotated), and the secret that is being shown must stay.
 */
export function KeyDialogsProvider({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null)
  const close = (): void => {
    setAsked(null)
    asked?.onClosed()
  }
  return (
    <Ask value={setAsked}>
      {children}
      {asked !== null && (
        <Suspense fallback={null}>
          {asked.chosen.action === 'rotate' ? (
            <RotateDialog keyRecord={asked.keyRecord} words={asked.chosen.words} onClose={close} onDone={close} />
          ) : (
            <ActionDialog
              keyRecord={asked.keyRecord}
              action={asked.chosen.action}
              words={asked.chosen.words}
              onClose={close}
              onDone={() => {
                close()
                if (asked.chosen.action === 'delete') asked.onDeleted?.()
              }}
            />
          )}
        </Suspense>
      )}
    </Ask>
  )
}
