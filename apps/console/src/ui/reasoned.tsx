import { Tooltip } from '@mantine/core'
import { cloneElement, type MouseEvent, type ReactElement, useId } from 'react'

interface Control {
  readonly onClick?: ((event: MouseEvent<HTMLElement>) => void) | undefined
  readonly 'aria-disabled'?: boolean | undefined
  readonly 'aria-describedby'?: string | undefined
  readonly 'data-disabled'?: boolean | undefined
}

/** A control that cannot be used says why: it keeps the focus, is marked disabled, and does nothing. `reason: null`: it can be used. */
export function Reasoned({
  reason,
  children,
}: {
  readonly reason: string | null
  readonly children: ReactElement<Control>
}) {
  const id = useId()
  if (reason === null) return children
  const disabled = cloneElement(children, {
    'aria-disabled': true,
    'data-disabled': true,
    'aria-describedby': id,
    onClick: (event) => {
      event.preventDefault()
      event.stopPropagation()
    },
  })
  return (
    <>
      <Tooltip label={reason}>{disabled}</Tooltip>
      <span id={id} hidden>
        {reason}
      </span>
    </>
  )
}
