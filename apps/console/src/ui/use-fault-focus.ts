import { type RefObject, useEffect, useRef, useState } from 'react'

/** The attempts to send a form: after one that was refused, the first field that is at fault gets the focus. */
export function useFaultFocus(): {
  readonly form: RefObject<HTMLFormElement | null>
  /** Whether it was tried at all: before that, nothing is called a fault. */
  readonly tried: boolean
  readonly attempt: () => void
} {
  const form = useRef<HTMLFormElement>(null)
  const [attempts, setAttempts] = useState(0)
  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-fault="true"]')?.focus()
  }, [attempts])
  return { form, tried: attempts > 0, attempt: () => setAttempts((before) => before + 1) }
}
