import type pg from 'pg'

/** Something of a table that slows its filling, and the statement that makes it again. */
interface Part {
  readonly drop: string
  readonly make: string
}

/** Foreign keys from and to the tables, then their primary and unique keys, then other indexes: what depends on another comes first. */
const partsSql = `
  select 'alter table ' || conrelid::regclass || ' drop constraint ' || quote_ident(conname) as drop,
    'alter table ' || conrelid::regclass || ' add constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) as make,
    case contype when 'f' then 1 else 2 end as step
  from pg_constraint
  where (contype = 'f' and (conrelid = any($1::regclass[]) or confrelid = any($1::regclass[])))
    or (contype in ('p', 'u') and conrelid = any($1::regclass[]))
  union all
  select 'drop index ' || indexrelid::regclass, pg_get_indexdef(indexrelid), 3
  from pg_index
  where indrelid = any($1::regclass[]) and not exists (select 1 from pg_constraint where conindid = indexrelid)
  order by step, make`

/** Has tables filled without their indexes, which are made anew afterwards; it throws where they are not all as they were. */
export async function withoutIndexes(
  client: pg.Client,
  tables: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const parts = async (): Promise<readonly Part[]> => (await client.query<Part>(partsSql, [tables])).rows
  const before = await parts()
  for (const { drop } of before) await client.query(drop)
  await fill()
  for (const { make } of before.toReversed()) await client.query(make)
  if (JSON.stringify(await parts()) !== JSON.stringify(before))
    throw new Error('the filled tables have other indexes than the shipped ones')
}
