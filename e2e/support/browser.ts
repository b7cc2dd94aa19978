import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterwards } from './cleanup.ts'

/** Where chromium is; the tests in a browser need it. */
export const chromiumPath = process.env['KEYWRIGHT_TEST_CHROMIUM']

/** Starts chromium until the file's tests are over. */
export async function openBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('there is no chromium; scripts/install-test-services.sh installs it')
  const browser = await chromium.launch({ executablePath: chromiumPath })
  afterwards(() => browser.close())
  return browser
}

/** How a person's browser is. */
export interface Person {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
  readonly language?: string
}

/** A page with all that went wrong on it so far: errors of scripts and of the policy, and failed requests that are no refusals. */
export interface WatchedPage {
  readonly page: Page
  readonly context: BrowserContext
  readonly faults: readonly string[]
}

/** Opens a page in a context of its own: its own cookies and storage, clipboard allowed, no motion. */
export async function openPage(browser: Browser, person: Person = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: person.width ?? 1280, height: person.height ?? 900 },
    colorScheme: person.scheme ?? 'light',
    locale: person.language ?? 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const faults: string[] = []
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('console', (message) => {
    // A refusal (4xx) is an answer; chromium writes a line for each.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(`console: ${message.text()}`)
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}`)
    })
  })
  return { page, context, faults }
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds on a page as it is now, one line each with the first place. */
export async function violations(page: Page): Promise<readonly string[]> {
  // There are no frames, for which alone the slow mode with a page of its own is meant; only what is wrong is gathered.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'], preload: false })
  const result = await axe.withTags(tags).analyze()
  return result.violations.map(
    ({ id, impact, nodes }) =>
      `${id} (${impact}, ${nodes.length}): ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
  )
}

/** Whether the page can be moved sideways. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
