import { type Expression, type SqlBool, sql } from 'kysely'

const searchCharactersMax = 200

/** Whether a column contains a text, whose own wildcards are literal; a text longer than any name is contained in none. */
export function containsText(column: Expression<unknown>, text: string): Expression<SqlBool> {
  if (text.length > searchCharactersMax * 2) return sql<SqlBool>`1 = 0`
  const pattern = `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
  return sql<SqlBool>`${column} like ${pattern} escape '\\'`
}
