import type { ReactNode } from 'react'
import classes from './scroll-region.module.css'

/** Something wide that moves sideways in its own place, by touch, wheel and keyboard, and never the page. */
export function ScrollRegion({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard (WCAG 2.1.1).
    <section className={classes['region']} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}
