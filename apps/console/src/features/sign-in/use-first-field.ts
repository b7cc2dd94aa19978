import { useEffect } from 'react'

/** Puts the focus into the form's first field (`data-first-field`), or on the title where there is none, when a page or `part` of it appears. */
export function useFirstField(part?: unknown): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: each part begins at its own first field.
  useEffect(() => {
    const target =
      document.querySelector<HTMLElement>('[data-first-field]') ??
      document.querySelector<HTMLElement>('[data-page-title]')
    target?.focus({ preventScroll: true })
  }, [part])
}
