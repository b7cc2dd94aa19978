import { Modal, type ModalRootProps } from '@mantine/core'
import { type ReactNode, useCallback } from 'react'
import { useWords } from '../locales/words.tsx'
import { useOpener } from './use-opener.ts'

/**
 * One question. Focus goes into it, stays there, and returns to what opened it. An `alert` cannot be closed by Escape or by a click
 * outside. Its parts are composed by hand, since the kit's own header is a second banner of the page.
 */
export function Dialog({
  opened,
  onClose,
  title,
  children,
  alert = false,
  ...rest
}: {
  readonly opened: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly children: ReactNode
  readonly alert?: boolean
} & Omit<ModalRootProps, 'title' | 'children'>) {
  const { say } = useWords()
  const mark = useOpener()
  const content = useCallback(
    (element: HTMLElement | null) => {
      mark(element)
      // The kit says `dialog` whatever it is told.
      element?.setAttribute('role', alert ? 'alertdialog' : 'dialog')
    },
    [alert, mark],
  )
  return (
    <Modal.Root
      centered
      opened={opened}
      onClose={onClose}
      closeOnEscape={!alert}
      closeOnClickOutside={!alert}
      {...rest}
    >
      <Modal.Overlay backgroundOpacity={0.4} />
      <Modal.Content ref={content}>
        <Modal.Body p="lg">
          <div
            style={{
              display: 'flex',
              justifyContent: 'space-between',
              alignItems: 'flex-start',
              gap: 16,
              marginBottom: 12,
            }}
          >
            <Modal.Title className="breaks" fz="lg" fw={600}>
              {title}
            </Modal.Title>
            {!alert && (
              <Modal.CloseButton aria-label={say('common.close')} style={{ flex: 'none', margin: '-4px -6px 0 0' }} />
            )}
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
