import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount, createKey } from './support/operating.ts'
import { becomeMember, someone } from './support/people.ts'
import { richConfigFile } from './support/rich.config.ts'

const keyCount = 1_000
const atOnce = 20
const taskMsMax = 50
const roundsMax = 3

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of the processor that the thread itself had: what other programs take meanwhile does not count. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** The longest task of a page's main thread, in milliseconds of the processor, while something is done with the page. */
async function longestTaskMs(browser: Browser, page: Page, work: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] })
  await work()
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: readonly TraceEvent[] }
  const threads = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = trace.traceEvents.filter(
    ({ name, pid, tid, tdur }) => name === 'RunTask' && tdur !== undefined && threads.has(`${pid} ${tid}`),
  )
  if (tasks.length === 0) throw new Error('the trace has no tasks')
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1_000))
}

/** What is typed, and a name that only then is listed. */
const searches = [
  ['Till 12', 'Till 129'],
  ['Till 345', 'Till 345'],
  ['Till 9', 'Till 960'],
] as const

/** Scrolls to the end of the list and back by the wheel. */
async function scrollThrough(page: Page): Promise<void> {
  await page.mouse.move(640, 600)
  for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, 400)
  await page.waitForFunction(() => window.scrollY > 1_000)
  for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, -400)
  await page.waitForFunction(() => window.scrollY === 0)
}

/** Types a search as people do, and waits for what it finds. */
async function searchFor(page: Page, text: string, found: string): Promise<void> {
  await page.getByRole('searchbox').focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.type(text, { delay: 40 })
  await page.getByRole('link', { name: found, exact: true }).waitFor()
}

// How long a task takes is the machine's as much as the page's: it is judged in `npm run soak`, on a machine that does nothing else.
test.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'] || !process.env['KEYWRIGHT_SOAK'])(
  `of ${keyCount} keys, scrolling and searching hold the page up for at most ${taskMsMax} ms at once`,
  async () => {
    const { url, operator } = await serveInProcess({ config: richConfigFile })
    const browser = await openBrowser()
    const { id: account } = await createAccount(operator, 'Northwind', { plan: 'large' })
    for (let made = 0; made < keyCount; made += atOnce)
      await Promise.all(
        Array.from({ length: atOnce }, (_, index) =>
          createKey(operator, account, { name: `Till ${made + index}`, preset: 'reader' }),
        ),
      )
    const { page, context, faults } = await openPage(browser)
    await becomeMember(context, url, operator, { account, role: 'owner', person: someone('Ada') })
    await page.goto(`${url}/accounts/${account}/keys`)
    await page.getByText('Till 999').first().waitFor()
    await page.getByText(/1[–-]50 of 1,000/).waitFor()

    // What else runs on the machine can only make a task longer: the best of a few rounds is the page's own.
    let longest = Number.POSITIVE_INFINITY
    for (let round = 0; round < roundsMax && longest > taskMsMax; round++) {
      const worst = await longestTaskMs(browser, page, async () => {
        await scrollThrough(page)
        for (const [text, found] of searches) await searchFor(page, text, found)
      })
      longest = Math.min(longest, worst)
      await page.getByRole('button', { name: 'Clear the search' }).click()
      await page.getByRole('link', { name: 'Till 999', exact: true }).waitFor()
    }
    expect(longest).toBeLessThanOrEqual(taskMsMax)
    expect(faults).toEqual([])

    const held = await longestTaskMs(browser, page, () =>
      page.evaluate((busyMs) => {
        const endMs = performance.now() + busyMs
        while (performance.now() < endMs);
      }, 20 * taskMsMax),
    )
    expect(held, 'a page that is held up would be noticed').toBeGreaterThan(taskMsMax)
  },
  90_000,
)
