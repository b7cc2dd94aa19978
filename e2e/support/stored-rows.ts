import { DatabaseSync } from 'node:sqlite'

/** Every row of every table of a database file, but for when the file itself was made. */
export function rowsOf(path: string): Readonly<Record<string, readonly unknown[]>> {
  const file = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = file.prepare("select name from sqlite_schema where type = 'table' order by name").all()
    return Object.fromEntries(
      tables
        .map(({ name }) => String(name))
        .filter((name) => name !== 'schema_versions')
        .map((name) => [
          name,
          file
            .prepare(`select * from "${name}"`)
            .all()
            .map((row) => JSON.stringify(row))
            .sort(),
        ]),
    )
  } finally {
    file.close()
  }
}
