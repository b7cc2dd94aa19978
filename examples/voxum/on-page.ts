import type { Page } from 'playwright-core'

/** Makes a key on the page, as a customer does, and answers its secret, which the browser copied. */
export async function createOnPage(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'Create API Key' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Create API Key' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Create API Key' }).click()
  const shown = page.getByRole('alertdialog')
  await shown.getByRole('button', { name: 'Copy key' }).click()
  await shown.getByRole('button', { name: 'Copied' }).waitFor()
  const secret = await page.evaluate(() => navigator.clipboard.readText())
  await shown.getByRole('button', { name: 'Done' }).click()
  await shown.waitFor({ state: 'detached' })
  return secret
}

/** Begins to revoke a key by the menu of its row, and answers the dialog that asks. */
export async function askToRevoke(page: Page, name: string) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  return page.getByRole('dialog', { name: `Revoke “${name}”?` })
}

/** The cells of a key's row, by the headings of their columns. */
export async function rowOf(page: Page, name: string): Promise<Readonly<Record<string, string>>> {
  const headings = await headingsOf(page)
  const row = page.getByRole('row', { name: new RegExp(name) })
  const cells = await row.locator('th, td').allInnerTexts()
  return Object.fromEntries(headings.map((heading, index) => [heading, cells[index]?.trim() ?? '']))
}

/** The headings of the columns of the list, in their order. */
export async function headingsOf(page: Page): Promise<readonly string[]> {
  await page.getByRole('columnheader').first().waitFor()
  return (await page.getByRole('columnheader').allInnerTexts()).map((text) => text.trim())
}
