import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useRef } from 'react'
import type { Key } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { Reasoned } from '../../../ui/reasoned.tsx'
import { useConfig } from '../../account-context.tsx'
import { type ActionReason, isFinal } from './key-action-rules.ts'
import { callName } from './use-key-action.tsx'
import { useKeyDialogs } from './use-key-dialogs.tsx'

/** Why an action cannot be done, in words. */
export function useReasonText(): (reason: ActionReason | null) => string | null {
  const { say } = useWords()
  const { words, display } = useConfig()
  return (reason) =>
    reason === null
      ? null
      : say(`keyActions.reason.${reason}`, { account: words.account.one, state: display.stateLabels.paused })
}

/** Where the focus goes when what it belongs to is gone. */
export const pageTitle = (): HTMLElement | null => document.querySelector<HTMLElement>('[data-page-title]')

/** The actions of a key in the list; those that cannot be done say why. */
export function KeyMenu({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const reasonText = useReasonText()
  const target = useRef<HTMLButtonElement>(null)
  const { offered, begin } = useKeyDialogs(keyRecord, {
    onClosed: () => requestAnimationFrame(() => (target.current ?? pageTitle())?.focus()),
  })
  if (offered.length === 0) return null
  return (
    // Clicks in the menu must not reach the row that it belongs to.
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: it only stops what bubbles.
    <span onClick={(event) => event.stopPropagation()}>
      <Menu width={220}>
        <Menu.Target>
          <ActionIcon
            ref={target}
            variant="subtle"
            color="gray"
            size={32}
            aria-label={say('common.actionsFor', { name: callName(keyRecord) })}
          >
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {offered.map((each) => (
            <Reasoned key={each.action} reason={reasonText(each.reason)}>
              <Menu.Item
                closeMenuOnClick={each.reason === null}
                {...(isFinal(each.action) ? { color: 'var(--mantine-color-error)' } : {})}
                onClick={() => begin(each)}
              >
                {each.words.label}
              </Menu.Item>
            </Reasoned>
          ))}
        </Menu.Dropdown>
      </Menu>
    </span>
  )
}
