import { randomUUID } from 'node:crypto'
import { type Caller, requires } from '@keywright/sdk/nest'
import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Patch,
  Post,
  type Type,
} from '@nestjs/common'
import { ApiKey, addHandler } from './decorate.ts'

interface Call {
  readonly records: Map<string, object>
  readonly id: string
  readonly body: object
}

/** What a verb is over HTTP. */
interface Operation {
  readonly route: readonly MethodDecorator[]
  readonly run: (call: Call) => unknown
}

const add = (path: string): Operation => ({
  route: [Post(path)],
  run: ({ records, body }) => {
    const record = { ...body, id: randomUUID() }
    records.set(record.id, record)
    return record
  },
})

const change = (route: readonly MethodDecorator[], changes: (body: object) => object): Operation => ({
  route,
  run: ({ records, id, body }) => {
    const record = records.get(id)
    if (record === undefined) throw new NotFoundException()
    const changed = { ...record, ...changes(body), id }
    records.set(id, changed)
    return changed
  },
})

const remove: Operation = {
  route: [Delete(':id'), HttpCode(204)],
  run: ({ records, id }) => {
    if (!records.delete(id)) throw new NotFoundException()
  },
}

const operations: Readonly<Record<string, Operation>> = {
  view: { route: [Get()], run: ({ records }) => ({ items: [...records.values()] }) },
  create: add(''),
  send: add(''),
  purchase: add('purchase'),
  import: add('import'),
  invite: add('invite'),
  export: add('export'),
  edit: change([Patch(':id')], (body) => body),
  end: change([Post(':id/end'), HttpCode(200)], () => ({ state: 'ended' })),
  cancel: change([Post(':id/cancel'), HttpCode(200)], () => ({ state: 'cancelled' })),
  delete: remove,
  remove,
}

/** The records of each account; each begins with one, so that there is something to look at. */
function recordsByAccount(): (account: string) => Map<string, object> {
  const all = new Map<string, Map<string, object>>()
  return (account) => {
    const records = all.get(account) ?? new Map<string, object>([['sample', { id: 'sample' }]])
    all.set(account, records)
    return records
  }
}

function readBody(body: unknown): object {
  if (body === undefined) return {}
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new BadRequestException('The body must be a JSON object.')
}

/** Serves a resource: each of its verbs by its own route, which requires the verb and nothing else. */
export function recordsController(resource: string, verbs: readonly string[]): Type<unknown> {
  class RecordsController {}
  const recordsOf = recordsByAccount()
  for (const verb of verbs) {
    const operation = operations[verb]
    if (operation === undefined)
      throw new Error(`The API has no operation for ${resource}.${verb}: name it in records.ts`)
    addHandler(RecordsController, verb, {
      handle: ({ account }: Caller, id: string, body: unknown) =>
        operation.run({ records: recordsOf(account), id, body: readBody(body) }),
      parameters: [ApiKey(), Param('id'), Body()],
      decorators: [...operation.route, requires(`${resource}.${verb}`)],
    })
  }
  Controller(resource)(RecordsController)
  return RecordsController
}
