/** Any number that is always the same: whoever makes or drops parts of a table holds this lock. */
export const partitionsLock = 7_305_811_403

const dayMs = 86_400_000
const weekMs = 7 * dayMs
/** The first Monday of the epoch. */
const mondayMs = 4 * dayMs
/** How far ahead there are parts. */
const aheadMs = 7 * dayMs

/** Runs as the owner of the tables. Names are looked up nowhere but in the system's own schema; locks that others hold are waited for shortly. */
const asOwner = `security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'`

/**
 * The functions by which parts are made and dropped, for a role that may do neither itself. They take the name of one of the two tables and a
 * moment, and know everything else: which parts there are is read from the system's tables.
 */
export function partitionFunctions(schema: string): readonly string[] {
  const signature = 'parent text'
  // Within a text that `format` reads.
  const inText = schema.replaceAll("'", "''").replaceAll('%', '%%')
  const parts = `
    select child.relname as name,
      coalesce(substring(pg_get_expr(child.relpartbound, child.oid) from 'FROM \\(''(-?\\d+)''\\)')::bigint, -9223372036854775808) as from_ms,
      substring(pg_get_expr(child.relpartbound, child.oid) from 'TO \\(''(-?\\d+)''\\)')::bigint as to_ms
    from pg_inherits join pg_class child on child.oid = inhrelid
    where inhparent = format('${inText}.%I', parent)::regclass`
  return [
    `create function ${schema}.partition_length(${signature}) returns bigint immutable language plpgsql as $$
begin
  case parent
    when 'usage' then return ${weekMs};
    when 'activity' then return ${dayMs};
    else raise exception 'no table of that name is split by time' using errcode = 'invalid_parameter_value';
  end case;
end $$`,
    `create function ${schema}.partition_start(${signature}, at_ms bigint) returns bigint immutable language sql as $$
  select at_ms - (at_ms - ${mondayMs}) % ${schema}.partition_length(parent)
$$`,
    `create function ${schema}.make_partitions(${signature}) returns integer language plpgsql ${asOwner} as $$
declare
  moment constant text := case parent when 'usage' then 'hour_ms' else 'at_ms' end;
  length_ms constant bigint := ${schema}.partition_length(parent);
  now_ms constant bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  start_ms bigint := ${schema}.partition_start(parent, now_ms);
  part text;
  made integer := 0;
begin
  -- Another one is at it.
  if not pg_try_advisory_xact_lock(${partitionsLock}) then return 0; end if;
  while start_ms <= now_ms + ${aheadMs} loop
    if not exists (select 1 from (${parts}) known where known.from_ms < start_ms + length_ms and known.to_ms > start_ms) then
      part := parent || '_from_' || to_char(to_timestamp(start_ms / 1000) at time zone 'UTC', 'YYYY_MM_DD');
      execute format('create table ${inText}.%I (like ${inText}.%I including defaults)', part, parent);
      -- What came before its part was made lies in the default one, and moves.
      execute format('lock table ${inText}.%I in share update exclusive mode', parent);
      execute format('lock table ${inText}.%I in access exclusive mode', parent || '_default');
      execute format('with early as (delete from ${inText}.%1$I where %2$I >= %4$s and %2$I < %5$s returning *) insert into ${inText}.%3$I select * from early',
        parent || '_default', moment, part, start_ms, start_ms + length_ms);
      execute format('alter table ${inText}.%I attach partition ${inText}.%I for values from (%s) to (%s)', parent, part, start_ms, start_ms + length_ms);
      made := made + 1;
    end if;
    start_ms := start_ms + length_ms;
  end loop;
  return made;
end $$`,
    `create function ${schema}.drop_partitions(${signature}, before_ms bigint) returns integer language plpgsql ${asOwner} as $$
declare
  moment constant text := case parent when 'usage' then 'hour_ms' else 'at_ms' end;
  part text;
  dropped integer := 0;
begin
  -- Refuses any other table.
  perform ${schema}.partition_length(parent);
  if not pg_try_advisory_xact_lock(${partitionsLock}) then return 0; end if;
  for part in select parts.name from (${parts}) parts where parts.to_ms <= before_ms order by parts.to_ms loop
    execute format('drop table ${inText}.%I', part);
    dropped := dropped + 1;
  end loop;
  execute format('delete from ${inText}.%I where %I <= $1', parent || '_default', moment) using before_ms;
  return dropped;
end $$`,
    ...['make_partitions(text)', 'drop_partitions(text, bigint)'].map(
      (name) => `revoke all on function ${schema}.${name} from public`,
    ),
    // The references that the tables had; what else deletes a key runs as whoever owns it.
    `create function ${schema}.forget_use_of_key() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from ${schema}.usage where key_id = old.id;
  delete from ${schema}.activity where key_id = old.id;
  return null;
end $$`,
  ]
}
