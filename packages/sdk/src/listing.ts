import type { ClientSend } from './client.ts'
import type { QueryValue } from './transport.ts'

/** One page of a list; `nextCursor` is `null` on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

/** A list that is read page by page: `for await (const key of keys.list(account))` walks all of it, `page()` reads one. */
export interface Listing<Item> extends AsyncIterable<Item> {
  page(cursor?: string): Promise<Page<Item>>
}

/** Makes the listing of one address. */
export function listing<Item>(
  send: ClientSend,
  path: string,
  query: Readonly<Record<string, QueryValue>> = {},
): Listing<Item> {
  const page = async (cursor?: string): Promise<Page<Item>> =>
    (await send({
      method: 'GET',
      path,
      query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
    })) as Page<Item>
  return {
    page,
    async *[Symbol.asyncIterator]() {
      let cursor: string | undefined
      for (;;) {
        const { items, nextCursor } = await page(cursor)
        yield* items
        if (nextCursor === null || nextCursor === undefined) return
        if (nextCursor === cursor) throw new Error(`GET /${path} answered the same cursor twice`)
        cursor = nextCursor
      }
    },
  }
}
