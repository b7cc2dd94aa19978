import { useCallback, useEffect, useState } from 'react'

const dialogs = '[role="dialog"], [role="alertdialog"]'

/** What opened each dialog that stands in the page, nearest first. */
const openers = new WeakMap<Element, readonly HTMLElement[]>()

/** What is opening a dialog at this moment; behind it what opened the dialog that is about to make place. */
function openersNow(): readonly HTMLElement[] {
  const active = document.activeElement instanceof HTMLElement ? document.activeElement : document.body
  const menu = active.closest('[role="menu"]')?.getAttribute('aria-labelledby')
  // The entry of a menu goes with the menu; its button stays.
  const opener = menu == null ? active : document.getElementById(menu)
  const before =
    active.closest(dialogs) ?? (active === document.body ? [...document.querySelectorAll(dialogs)].at(-1) : null)
  const earlier = before == null ? [] : (openers.get(before) ?? [])
  return opener === null || opener === document.body ? earlier : [opener, ...earlier]
}

const focusIsNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body

/**
 * Gives the focus back to what opened a dialog once the dialog is gone, also through dialogs that took each other's place; where that
 * is gone as well, to the page's title. What was given the focus otherwise keeps it. Answers what marks the dialog's element.
 */
export function useOpener(): (content: Element | null) => void {
  // Read while drawing: afterwards the dialog before this one is gone, and the focus with it.
  const [candidates] = useState(openersNow)
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (!focusIsNowhere() || candidates.length === 0) return
        const title = document.querySelector<HTMLElement>('[data-page-title]')
        const opener = candidates.find(({ isConnected }) => isConnected) ?? title
        opener?.focus({ preventScroll: true })
      })
    },
    [candidates],
  )
  return useCallback(
    (content) => {
      if (content !== null) openers.set(content, candidates)
    },
    [candidates],
  )
}
