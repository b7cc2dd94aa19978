import type { StorageContext, WriteTransaction } from './context.ts'
import type { PersonRow } from './schema.ts'

/** Reads a person within a change and keeps other changes of the person's memberships waiting. It comes before the lock of any account. */
export async function lockPerson(
  { capabilities: { rowLocks } }: Pick<StorageContext, 'capabilities'>,
  { database }: WriteTransaction,
  id: string,
): Promise<Pick<PersonRow, 'id' | 'suspended'> | undefined> {
  const query = database.selectFrom('people').select(['id', 'suspended']).where('id', '=', id)
  return await (rowLocks ? query.forUpdate() : query).executeTakeFirst()
}
