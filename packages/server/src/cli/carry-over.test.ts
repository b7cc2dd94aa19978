import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { accepted, asKey, managing, managingConfig } from '../storage/contract/resources.ts'
import { openStore } from '../storage/open-store.ts'
import type { Storage } from '../storage/ports.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { storageOf } from '../storage/storage.ts'
import { testClock, testLogKeys, testOperator, testPeppers, testRandomBytes } from '../storage/testing.ts'
import { carryOver } from './carry-over.ts'

const folder = mkdtempSync(join(tmpdir(), 'keywright-carry-'))
const opened: Storage[] = []
afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(name: string, seed: number) {
  const path = join(folder, name)
  const database = openSqlite(path)
  const parts = { peppers: testPeppers, logKeys: testLogKeys, config: () => config, applied: async () => {} }
  const store = await openStore({ database, clock: testClock(), randomBytes: testRandomBytes(seed), ...parts })
  const storage = storageOf(store)
  opened.push(storage)
  return { path, storage, backup: (target: string) => database.backup?.(join(folder, target)) }
}

const config = managingConfig({ roles: [{ id: 'admin', label: 'Administrator', may: ['view'] }] })

test('T16, T27: what was taken away after the backup is taken away again, members and what keys made included', async () => {
  const { path, storage, backup } = await open('replaced.db', 1)
  const { id: accountId } = accepted(await storage.accounts.create(testOperator, { name: 'Example' })).record
  const key = async (owner?: string) =>
    accepted(
      await storage.keys.create(testOperator, accountId, {
        name: 'A',
        grant: { permissions: [...managing, 'jobs.view'] },
        ...(owner === undefined ? {} : { owner }),
      }),
    ).record
  const member = async () => accepted(await storage.members.create(testOperator, accountId, { role: 'admin' })).id
  const [suspended, removed, promoted] = [await member(), await member(), await member()]
  const [parent, edited, personal] = [await key(), await key(), await key(removed)]
  const child = accepted(
    await storage.keys.create(asKey(parent), accountId, { name: 'B', grant: { permissions: ['jobs.view'] } }),
  ).record
  const { position } = await storage.log.head(null)
  await backup('backup.db')
  accepted(await storage.keys.change(testOperator, parent.id, 'revoke'))
  accepted(await storage.keys.update(testOperator, edited.id, { grant: { permissions: ['jobs.view'] } }))
  accepted(await storage.members.update(testOperator, accountId, suspended, { state: 'suspended' }))
  accepted(await storage.members.update(testOperator, accountId, promoted, { name: 'Another' }))
  accepted(await storage.members.delete(testOperator, accountId, removed))
  await opened.pop()?.close()

  copyFileSync(join(folder, 'backup.db'), join(folder, 'fresh.db'))
  const fresh = await open('fresh.db', 2)
  const { carried, review } = await carryOver(
    { storage: fresh.storage, caller: testOperator, path: fresh.path },
    path,
    position,
  )
  expect(carried).toEqual([
    ...[`member ${suspended} was suspended: suspend`, `member ${removed} was deleted: delete`].sort(),
    ...[parent, personal, child]
      .map(({ id }) => id)
      .sort()
      .map((id) => `key ${id} was revoked: revoke`),
  ])
  expect(review).toEqual([
    `member ${promoted} was changed after the backup`,
    `key ${edited.id} was changed after the backup`,
  ])
  for (const { id } of [parent, child, personal]) {
    expect(accepted(await fresh.storage.keys.read(id)).state).toBe('revoked')
  }
  expect(accepted(await fresh.storage.members.read(accountId, suspended)).state).toBe('suspended')
})
