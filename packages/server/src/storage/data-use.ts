import type { Grant, UsedByData } from '@keywright/core'
import type { Kysely } from 'kysely'
import { fromJson } from './json.ts'
import type { Schema } from './schema.ts'

/** What the stored rows name of a configuration, by grouped queries. Permissions count where a key can still come to use them. */
export async function dataUse(read: Kysely<Schema>, nowMs: number): Promise<UsedByData> {
  const types = await read
    .selectFrom('keys')
    .select(({ fn }) => ['type as id', 'prefix', fn.countAll<number>().as('count')])
    .groupBy(['type', 'prefix'])
    .orderBy('type')
    .orderBy('prefix')
    .execute()
  const environments = await read
    .selectFrom('keys')
    .select(({ fn }) => ['environment as id', fn.countAll<number>().as('count')])
    .groupBy('environment')
    .orderBy('environment')
    .execute()
  const roles = await read
    .selectFrom('members')
    .select(({ fn }) => ['role as id', fn.countAll<number>().as('count')])
    .groupBy('role')
    .orderBy('role')
    .execute()
  const plans = await read
    .selectFrom('accounts')
    .select(({ fn }) => ['plan as id', fn.countAll<number>().as('count')])
    .groupBy('plan')
    .orderBy('plan')
    .execute()
  return {
    types,
    environments,
    roles,
    plans,
    ...(await heldPermissions(read, nowMs)),
    ...(await namedByCredentials(read)),
  }
}

async function heldPermissions(read: Kysely<Schema>, nowMs: number): Promise<Pick<UsedByData, 'permissions'>> {
  const rows = await read
    .selectFrom('keys')
    .select(({ fn }) => ['grant_json', fn.countAll<number>().as('count')])
    .where('state', '!=', 'revoked')
    .where(({ or, eb }) => or([eb('ends_at_ms', 'is', null), eb('ends_at_ms', '>', nowMs)]))
    .groupBy('grant_json')
    .execute()
  const counts = new Map<string, number>()
  for (const { grant_json, count } of rows) {
    const grant = fromJson<Grant>(grant_json)
    if (grant === 'unrestricted') continue
    for (const permission of grant.permissions) counts.set(permission, (counts.get(permission) ?? 0) + count)
  }
  return {
    permissions: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([permission, count]) => ({ permission, count })),
  }
}

async function namedByCredentials(
  read: Kysely<Schema>,
): Promise<Pick<UsedByData, 'credentialsEnvironments' | 'credentialsAudiences'>> {
  const rows = await read
    .selectFrom('credentials')
    .select(['environment', 'audiences_json'])
    .where('kind', '=', 'verify')
    .orderBy('id')
    .execute()
  return {
    credentialsEnvironments: counted(rows.map(({ environment }) => environment)),
    credentialsAudiences: counted(rows.flatMap(({ audiences_json }) => fromJson<readonly string[]>(audiences_json))),
  }
}

function counted<Id>(ids: readonly Id[]): readonly { readonly id: Id; readonly count: number }[] {
  const counts = new Map<Id, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].map(([id, count]) => ({ id, count }))
}
