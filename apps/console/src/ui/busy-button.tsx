import { Button, type ButtonProps, Loader } from '@mantine/core'
import { type ComponentPropsWithRef, type MouseEvent, useEffect, useState } from 'react'

const quietMs = 300

/** A button that keeps the focus while its work is on the way, does nothing meanwhile, and shows it where it takes longer than a moment. */
export function BusyButton({
  busy,
  onClick,
  leftSection,
  ...rest
}: { readonly busy: boolean } & ButtonProps & Omit<ComponentPropsWithRef<'button'>, keyof ButtonProps>) {
  const slow = useSlow(busy)
  return (
    <Button
      {...rest}
      aria-disabled={busy}
      aria-busy={busy}
      leftSection={slow ? <Loader size={16} color="currentColor" aria-hidden /> : leftSection}
      onClick={(event: MouseEvent<HTMLButtonElement>) => {
        if (busy) return event.preventDefault()
        onClick?.(event)
      }}
    />
  )
}

/** Whether something has been going on for longer than people notice. */
function useSlow(busy: boolean): boolean {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    if (!busy) return setSlow(false)
    const timer = setTimeout(() => setSlow(true), quietMs)
    return () => clearTimeout(timer)
  }, [busy])
  return slow
}
