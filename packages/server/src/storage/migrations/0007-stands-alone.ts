import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Says of each key whether its lineage has nothing that a check has to know, so that most checks read one row. */
export const standsAlone: Migration = {
  name: 'stands-alone',
  // A program that does not know it would rotate keys and set overrides without taking it back.
  compatibleFrom: 7,
  up: async (database, { wholeNumber }) => {
    await sql`alter table keys add column stands_alone ${sql.raw(wholeNumber)} not null default 0`.execute(database)
    await sql`update keys set stands_alone = 1
      where rotated_to_id is null
        and not exists (select 1 from keys other where other.lineage_id = keys.lineage_id and other.id <> keys.id)
        and exists (
          select 1 from lineages l where l.id = keys.lineage_id
            and l.parent_lineage_id is null and l.overrides_json = '[]' and l.quota_override_json is null
        )`.execute(database)
  },
}
