import { type ChangeOptions, type CreationOptions, type ReasonOptions, reasonBody } from './accounts.ts'
import { type ClientSend, pathOf } from './client.ts'
import { type Listing, listing } from './listing.ts'
import type {
  Activity,
  CreatedKey,
  Key,
  KeyBatch,
  KeyBatchResult,
  KeyChanges,
  KeyCreation,
  KeyListQuery,
  KeyOverride,
  KeyRotation,
  LogEntry,
  PageQuery,
  RotatedKey,
  Usage,
} from './records.ts'

export interface Keys {
  /** Makes a key; `secret` is in the answer this once (see {@link CreatedKey}). */
  create(account: string, creation: KeyCreation, options?: CreationOptions): Promise<CreatedKey>
  list(account: string, query?: KeyListQuery): Listing<Key>
  get(key: string): Promise<Key>
  /** Absent keeps, `null` clears, a value sets. */
  update(key: string, changes: KeyChanges, options?: ChangeOptions): Promise<Key>
  delete(key: string, options?: ChangeOptions & ReasonOptions): Promise<void>
  /** Stops a key until it is reactivated. */
  pause(key: string, options?: ChangeOptions & ReasonOptions): Promise<Key>
  reactivate(key: string, options?: ChangeOptions & ReasonOptions): Promise<Key>
  /** Stops a key for good. */
  revoke(key: string, options?: ChangeOptions & ReasonOptions): Promise<Key>
  /** Makes the key's successor, with its secret; the older one works until `previous.endsAt`. */
  rotate(key: string, rotation?: KeyRotation, options?: CreationOptions): Promise<RotatedKey>
  setOverride(key: string, override: KeyOverride): Promise<Key>
  clearOverride(key: string, options?: ReasonOptions): Promise<void>
  usage(
    key: string,
    range?: { readonly from?: string; readonly to?: string; readonly granularity?: 'hour' | 'day' },
  ): Promise<Usage>
  activity(key: string, query?: PageQuery): Listing<Activity>
  events(key: string, query?: PageQuery): Listing<LogEntry>
  /** One step of pausing, revoking or deleting all keys that fit a filter. */
  batch(batch: KeyBatch): Promise<KeyBatchResult>
  /** All steps of a batch, each as it is done; begin with `cursor` to resume. */
  batchAll(batch: KeyBatch): AsyncIterable<KeyBatchResult>
}

export function createKeys(send: ClientSend): Keys {
  const change =
    (action: string) =>
    async (key: string, options?: ChangeOptions & ReasonOptions): Promise<Key> =>
      (await send({
        method: 'POST',
        path: pathOf('keys', key, action),
        ifMatch: options?.ifMatch,
        ...reasonBody(options),
      })) as Key
  const batch = async (request: KeyBatch): Promise<KeyBatchResult> =>
    (await send({ method: 'POST', path: pathOf('keys', 'batch'), body: bodyOf(request) })) as KeyBatchResult
  return {
    async create(account, creation, { idempotencyKey = crypto.randomUUID() } = {}) {
      const path = pathOf('accounts', account, 'keys')
      return withSecret((await send({ method: 'POST', path, body: creation, idempotencyKey })) as CreatedKey)
    },
    list: (account, { state, ...query } = {}) =>
      listing(send, pathOf('accounts', account, 'keys'), {
        ...query,
        ...(state === undefined ? {} : { state: [state].flat().join() }),
      }),
    get: async (key) => (await send({ method: 'GET', path: pathOf('keys', key) })) as Key,
    update: async (key, changes, options) =>
      (await send({ method: 'PATCH', path: pathOf('keys', key), body: changes, ifMatch: options?.ifMatch })) as Key,
    async delete(key, options) {
      await send({ method: 'DELETE', path: pathOf('keys', key), ifMatch: options?.ifMatch, ...reasonBody(options) })
    },
    pause: change('pause'),
    reactivate: change('reactivate'),
    revoke: change('revoke'),
    async rotate(key, rotation = {}, { idempotencyKey = crypto.randomUUID() } = {}) {
      return withSecret(
        (await send({
          method: 'POST',
          path: pathOf('keys', key, 'rotate'),
          body: rotation,
          idempotencyKey,
        })) as RotatedKey,
      )
    },
    setOverride: async (key, override) =>
      (await send({ method: 'PUT', path: pathOf('keys', key, 'override'), body: override })) as Key,
    async clearOverride(key, options) {
      await send({ method: 'DELETE', path: pathOf('keys', key, 'override'), ...reasonBody(options) })
    },
    usage: async (key, range) =>
      (await send({ method: 'GET', path: pathOf('keys', key, 'usage'), query: { ...range } })) as Usage,
    activity: (key, query) => listing(send, pathOf('keys', key, 'activity'), { ...query }),
    events: (key, query) => listing(send, pathOf('keys', key, 'events'), { ...query }),
    batch,
    async *batchAll(request) {
      let cursor = request.cursor
      do {
        const step = await batch({ ...request, ...(cursor === undefined ? {} : { cursor }) })
        yield step
        cursor = step.nextCursor ?? undefined
      } while (cursor !== undefined)
    },
  }
}

/** A batch as the server reads it: one state is a list of one. */
function bodyOf({ filter: { state, ...filter }, ...rest }: KeyBatch): object {
  return { ...rest, filter: { ...filter, ...(state === undefined ? {} : { state: [state].flat() }) } }
}

/** Says `null` where the answer has no secret, so that a repeated creation cannot be taken for a first one. The record keeps its identity for `etagOf`. */
export const withSecret = <Created extends { readonly secret: string | null }>(record: Created): Created =>
  Object.assign(record, { secret: record.secret ?? null })
