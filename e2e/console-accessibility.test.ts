import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, scrollsSideways, violations, type WatchedPage } from './support/browser.ts'
import { consoleStates, settled } from './support/console-states.ts'
import { makeWorld, openAsViewer, type Viewer, type World } from './support/console-world.ts'
import { until } from './support/poll.ts'

const widths = [1280, 375] as const
const narrowest = 320
const settlingMs = 1_000
const schemes = ['light', 'dark'] as const

/** Every state is judged light and wide, and dark and narrow; `npm run soak` judges all four. */
const judgedAt = (width: number): readonly ('light' | 'dark')[] =>
  process.env['KEYWRIGHT_SOAK'] === '1' ? schemes : [width > Math.min(...widths) ? 'light' : 'dark']

/** All that is wrong with a page as it stands: in the given schemes, and whether it moves sideways on the narrowest screens. */
async function wrongAt(
  page: Page,
  width: number,
  judged: readonly ('light' | 'dark')[] = schemes,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of judged) {
    await page.emulateMedia({ colorScheme })
    found.push(...(await violations(page)).map((violation) => `${width} ${colorScheme}: ${violation}`))
  }
  if (width > Math.min(...widths)) return found
  await page.setViewportSize({ width: narrowest, height: 900 })
  // Menus and charts follow the width of the page by themselves, a moment later.
  const fits = until('the page to fit', async () => !(await scrollsSideways(page)), settlingMs)
  await fits.catch(() => found.push(`${narrowest}: the page moves sideways`))
  await page.setViewportSize({ width, height: 900 })
  return found
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('accessibility, in a browser', { timeout: 60_000 }, () => {
  let browser: Browser
  let world: World
  const opened = new Map<string, Promise<WatchedPage>>()

  /** The page of someone at a width, the same one for all that they look at. */
  const pageOf = (viewer: Viewer, width: number): Promise<WatchedPage> => {
    const name = `${viewer} ${width}`
    const page = opened.get(name) ?? openAsViewer(browser, world, { viewer, width })
    opened.set(name, page)
    return page
  }

  beforeAll(async () => {
    browser = await openBrowser()
    world = await makeWorld(browser)
  }, 60_000)

  test.each(consoleStates)('$viewer: $name', async ({ viewer, reach }) => {
    const found = await Promise.all(
      widths.map(async (width) => {
        const { page } = await pageOf(viewer, width)
        try {
          await reach(page, world)
          return await wrongAt(page, width, judgedAt(width))
        } finally {
          await page.unrouteAll({ behavior: 'ignoreErrors' })
        }
      }),
    )
    expect(found.flat()).toEqual([])
  })

  test('no script failed on any of these pages, and nothing broke the policy', async () => {
    const faults = await Promise.all([...opened.values()].map(async (page) => (await page).faults))
    // The answers of a server with a fault were asked for.
    expect(faults.flat().filter((fault) => !fault.includes('status of 500'))).toEqual([])
  })

  test('what is not accessible is found, in either scheme and at either width', async () => {
    for (const width of widths) {
      const { page } = await pageOf('owner', width)
      await page.goto(`${world.url}/profile`)
      await settled(page)
      expect(await wrongAt(page, width)).toEqual([])
      await page.evaluate(() => {
        const wide = Object.assign(document.createElement('div'), { id: 'wide', textContent: 'Grey on grey' })
        Object.assign(wide.style, { width: '2000px', color: '#777', background: '#666' })
        document.querySelector('main')?.append(wide, document.createElement('button'))
      })
      const found = (await wrongAt(page, width)).join('\n')
      for (const scheme of schemes) {
        expect(found).toContain(`${width} ${scheme}: color-contrast`)
        expect(found).toContain(`${width} ${scheme}: button-name`)
      }
      expect(found.includes(`${narrowest}: the page moves sideways`)).toBe(width === Math.min(...widths))
    }
  })
})
