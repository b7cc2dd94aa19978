import type { Locator, Page } from 'playwright-core'
import { until } from './poll.ts'

const stopsMax = 60

/** Whether something has the focus. */
export const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element === document.activeElement)

/** Waits until something has the focus. */
export const gainsFocus = (target: Locator): Promise<true> =>
  until(`the focus to be at ${target.toString()}`, () => hasFocus(target))

/** Presses Tab, or another key that goes on, until something has the focus, as someone does who has no mouse. */
export async function goTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await target.waitFor()
  for (let stops = 0; stops < stopsMax; stops++) {
    if (await hasFocus(target)) return
    await page.keyboard.press(key)
  }
  throw new Error(`${stopsMax} times ${key} did not lead to ${target.toString()}`)
}

/** Goes to something and presses Enter. */
export async function enter(page: Page, target: Locator): Promise<void> {
  await goTo(page, target)
  await page.keyboard.press('Enter')
}

/** Waits until the live region has said something. */
export const hears = (page: Page, text: string | RegExp): Promise<unknown> =>
  until(`the live region to say ${text}`, async () => {
    const said = (await page.locator('[data-announcer]').textContent()) ?? ''
    return typeof text === 'string' ? said.includes(text) : text.test(said)
  })

/** What has the focus without being marked by an outline of at least two pixels, on itself or on what stands for it; null where it is marked. */
export const unmarkedFocus = (page: Page): Promise<string | null> =>
  page.evaluate(() => {
    const element = document.activeElement
    // What is given the focus but is no control, such as a page's title, is not among those that Tab leads to.
    if (!(element instanceof HTMLElement) || element.tabIndex < 0 || element === document.body) return null
    // A control that is drawn by its label or its neighbour is marked there.
    const around = element.parentElement
    const drawnBy = [element, element.nextElementSibling, around, around?.parentElement, element.closest('label')]
    const marked = drawnBy.some((each) => {
      if (each === null || each === undefined) return false
      const { outlineStyle, outlineWidth } = getComputedStyle(each)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
    })
    return marked ? null : element.outerHTML.slice(0, 200)
  })
