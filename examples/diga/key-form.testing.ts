import type { Locator, Page } from 'playwright-core'

/** Makes a key on the page as an administrator does, and answers its secret, which the browser copied. `choose` fills in more than the name. */
export async function createOnPage(
  page: Page,
  name: string,
  choose: (dialog: Locator) => Promise<void> = async () => {},
): Promise<string> {
  await page.getByRole('button', { name: 'Create API Key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Create API Key' })
  await dialog.getByLabel('Name').fill(name)
  await choose(dialog)
  await dialog.getByRole('button', { name: 'Create API Key' }).click()
  const shown = page.getByRole('alertdialog')
  await shown.getByRole('button', { name: 'Copy key' }).click()
  await shown.getByRole('button', { name: 'Copied' }).waitFor()
  const secret = await page.evaluate(() => navigator.clipboard.readText())
  await shown.getByRole('button', { name: 'Done' }).click()
  await shown.waitFor({ state: 'detached' })
  return secret
}

/** Chooses a level of a resource in the table of permissions. */
export const chooseLevel = (dialog: Locator, resource: string, level: string): Promise<void> =>
  dialog
    .getByRole('radiogroup', { name: new RegExp(`^${resource}\\b`) })
    .getByRole('radio', { name: level })
    .check()
