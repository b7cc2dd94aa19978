import type { Page } from 'playwright-core'

/** Makes a key on the page, as a person does, and answers its secret, which the browser copied. */
export async function createOnPage(
  page: Page,
  { type, label }: { readonly type: 'Customer' | 'Management'; readonly label?: string },
): Promise<string> {
  await page.getByRole('button', { name: 'Create Key' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Create Key' })
  await dialog.getByRole('radio', { name: type }).check()
  if (label !== undefined) await dialog.getByLabel('Label').fill(label)
  await dialog.getByRole('button', { name: 'Create Key' }).click()
  const shown = page.getByRole('alertdialog')
  await shown.getByRole('button', { name: 'Copy key' }).click()
  await shown.getByRole('button', { name: 'Copied' }).waitFor()
  const secret = await page.evaluate(() => navigator.clipboard.readText())
  await shown.getByRole('button', { name: 'Done' }).click()
  await shown.waitFor({ state: 'detached' })
  return secret
}

/** Everything that a page keeps and shows, as one text: document, fields, address, history, storage, cookies that scripts can read. */
export const everythingOf = (page: Page): Promise<string> =>
  page.evaluate(async () =>
    JSON.stringify([
      document.documentElement.outerHTML,
      [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value),
      [location.href, history.state, document.title, document.cookie],
      [Object.entries(localStorage), Object.entries(sessionStorage), await caches.keys()],
      performance.getEntriesByType('resource').map(({ name }) => name),
    ]),
  )

/** Opens the menu of a key's row and chooses Revoke; the window that asks is open then. */
export async function beginRevoking(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${label}` }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByText('It cannot be reactivated.', { exact: false }).waitFor()
}
