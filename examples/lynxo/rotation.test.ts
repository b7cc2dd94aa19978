import type { Account, Key, RotatedKey } from '@keywright/sdk'
import { beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../../e2e/support/browser.ts'
import { bodyOf } from '../../e2e/support/calls.ts'
import { openAs } from '../../e2e/support/console.ts'
import { lateClock, type ManualClock, manualClock } from '../../e2e/support/moved-clock.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { type System, startSystem } from './testing.ts'

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000]

let clock: ManualClock
let system: System

beforeAll(async () => {
  clock = manualClock('2026-11-21T09:00:00Z')
  system = await startSystem(clock)
})

const newKey = (account: Account) =>
  createKey(system.operator, account.id, {
    name: 'CRM Sync Production',
    environment: 'production',
    preset: 'read-only',
  })

test('LYN-10: a key older than 90 days is due for rotation', async () => {
  const account = await createAccount(system.operator, 'Careful')
  const key = await newKey(account)
  const due = async () => {
    const { items } = await bodyOf(
      system.operator<{ items: readonly Key[] }>('GET', `/v1/accounts/${account.id}/keys?dueForRotation=true`),
    )
    const { dueForRotation } = await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))
    return { listed: items.map(({ id }) => id), said: dueForRotation }
  }
  await clock.advance(90 * day - minute)
  expect(await due()).toEqual({ listed: [], said: false })
  await clock.advance(2 * minute)
  expect(await due()).toEqual({ listed: [key.id], said: true })

  // Its successor is not, and it no longer is itself.
  const next = await bodyOf(system.operator<RotatedKey>('POST', `/v1/keys/${key.id}/rotate`), 201)
  expect(next.dueForRotation).toBe(false)
  expect(await due()).toEqual({ listed: [], said: false })
})

test('LYN-10: after a rotation both keys work for the chosen overlap, then only the new one', async () => {
  const account = await createAccount(system.operator, 'Overlapping')
  const key = await newKey(account)
  const rotated = await bodyOf(
    system.operator<RotatedKey>('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 3_600 } }),
    201,
  )
  const [older, newer] = [system.api('production', key.secret), system.api('production', rotated.secret)]
  expect(Date.parse(rotated.previous.endsAt ?? '')).toBe(clock.wallMs() + hour)
  await clock.advance(hour - second)
  expect([(await older('GET', '/v1/jobs')).status, (await newer('GET', '/v1/jobs')).status]).toEqual([200, 200])
  await clock.advance(2 * second)
  expect([(await older('GET', '/v1/jobs')).status, (await newer('GET', '/v1/jobs')).status]).toEqual([401, 200])
  expect((await bodyOf(system.operator<Key>('GET', `/v1/keys/${key.id}`))).state).toBe('expired')
})

test('LYN-10: rotating at once, without an overlap, ends the older key', async () => {
  const account = await createAccount(system.operator, 'Leaked')
  const key = await newKey(account)
  await bodyOf(system.operator('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 0 } }), 201)
  expect((await system.api('production', key.secret)('GET', '/v1/jobs')).status).toBe(401)
})

test.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])(
  'LYN-10: the page says which key is due for rotation, leads to it, and rotates it with an overlap',
  async () => {
    const late = lateClock(91 * day)
    const aged = await startSystem(late)
    const { id: account } = await createAccount(aged.operator, 'Careful')
    const asked = { environment: 'production', preset: 'read-only' }
    const old = await createKey(aged.operator, account, { ...asked, name: 'Old feed' })
    await late.catchUp()
    await createKey(aged.operator, account, { ...asked, name: 'New feed' })
    const browser = await openBrowser()
    const { page, faults } = await openAs(browser, aged, 'Ada', { account })

    await page.goto(`${aged.url}/accounts/${account}/keys`)
    const row = page.getByRole('row', { name: /Old feed/ })
    await row.getByText('Due for rotation').waitFor()
    expect(
      await page
        .getByRole('row', { name: /New feed/ })
        .getByText('Due for rotation')
        .count(),
    ).toBe(0)
    await page.getByRole('link', { name: '1 due for rotation' }).click()
    await page.getByRole('row', { name: /New feed/ }).waitFor({ state: 'detached' })

    await row.getByRole('button', { name: /Actions/ }).click()
    await page.getByRole('menuitem', { name: 'Rotate' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: '1 day' }).check()
    await dialog.getByRole('button', { name: 'Rotate' }).click()
    const shown = page.getByRole('alertdialog')
    await shown.getByRole('button', { name: 'Copy key' }).click()
    const fresh = await page.evaluate(() => navigator.clipboard.readText())
    await shown.getByRole('button', { name: 'Done' }).click()
    const api = (secret: string) => aged.api('production', secret)('GET', '/v1/jobs')
    expect([(await api(old.secret)).status, (await api(fresh)).status]).toEqual([200, 200])
    const { endsAt } = await bodyOf(aged.operator<{ endsAt: string }>('GET', `/v1/keys/${old.id}`))
    expect(Date.parse(endsAt)).toBeGreaterThan(Date.now())
    expect(faults).toEqual([])
  },
)
