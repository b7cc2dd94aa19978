import { codes } from '@keywright/core'
import type { DataPlaneDocument, Json } from '../openapi.ts'
import { answered, body, common, refusals, text, textOrNull, wholeNumber } from './document-parts.ts'

const object = (properties: Readonly<Record<string, Json>>, optional: readonly string[] = []): Json => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
})
const list = (items: Json, maxItems?: number): Json => ({
  type: 'array',
  items,
  ...(maxItems === undefined ? {} : { maxItems }),
})
const orNull = (schema: Json): Json => ({ anyOf: [schema, { type: 'null' }] })
const texts = (description: string): Json => ({ ...list({ type: 'string' }), description })
const flag = (description: string): Json => ({ type: 'boolean', description })
const millisecondsOrNull = (description: string): Json => ({ type: ['integer', 'null'], description })

const position = text('Epoch, number and chain hash: where the log was when this was so')
const limit = object(
  {
    name: { type: 'string' },
    limit: wholeNumber('At most so many in a window'),
    windowSeconds: wholeNumber('The length of the window'),
    burst: wholeNumber('At most so many at once'),
  },
  ['burst'],
)
const override = object({ limit, untilMs: millisecondsOrNull('Epoch milliseconds; `null`: for good') })
const quota = object({
  limit: wholeNumber('At most so many'),
  period: { enum: ['day', 'month', null], description: 'In UTC; `null`: in all' },
})

const keyFacts: Json = {
  ...object({
    id: text('The id of the key'),
    accountId: text('The id of its account'),
    lineageId: text('What the key and those that rotation made of it have in common'),
    lineageShared: flag('Whether the lineage has more keys'),
    type: text('The type of the key'),
    environment: textOrNull('The environment of the key'),
    state: { enum: ['active', 'paused', 'revoked'] },
    endsAtMs: millisecondsOrNull('From when the key is expired, in epoch milliseconds; `null`: never'),
    grant: {
      anyOf: [{ const: 'unrestricted' }, object({ permissions: { type: 'array', items: { type: 'string' } } })],
    },
    name: textOrNull('The name of the key'),
    metadata: { type: ['object', 'null'], description: 'What the adopter keeps with the key' },
    networks: {
      anyOf: [
        list(
          object({
            address: { ...list(wholeNumber('32 bits')), description: 'IPv6, or IPv4 mapped into it, in four words' },
            bits: wholeNumber('How many of the bits have to be equal'),
          }),
        ),
        { type: 'null' },
      ],
      description: 'From where the key may be used; `null`: from anywhere',
    },
    limits: list(limit),
    overrides: list(override),
    quota: orNull(quota),
    quotaOverride: orNull(object({ quota, untilMs: millisecondsOrNull('Epoch milliseconds; `null`: for good') })),
    owner: orNull(object({ memberId: text('The member'), active: flag('Whether the member is in good standing') })),
    parent: orNull(
      object(
        {
          lineageId: text('The lineage of the key that made this one'),
          aboveIds: texts('Those above that one'),
          usable: flag('Whether a usable key remains in each of them'),
        },
        ['aboveIds'],
      ),
    ),
  }),
  description: 'All that a check needs to know of a key; nothing of its text',
}

const accountFacts: Json = {
  ...object({
    id: text('The id of the account'),
    externalId: textOrNull("The adopter's own id of the account"),
    active: flag('Whether it is in good standing'),
    plan: text('The plan that it has'),
    overrides: list(override),
  }),
  description: 'All that a check needs to know of an account',
}

const unproved = object({ unavailable: { const: true } })

const engine: DataPlaneDocument = {
  path: '/v1/engine',
  method: 'get',
  operation: {
    ...common,
    operationId: 'readEngine',
    summary: 'Read what an engine elsewhere needs',
    description:
      'For verify credentials. What of the configuration an engine in the process of the protected API judges by, and what the credential checks for. Read it again when the log names `all`, or when `config` of other answers is another.',
    responses: {
      ...answered(
        object({
          config: text('The hash of the configuration'),
          environment: textOrNull('The one environment that the credential checks for'),
          audiences: texts('The audiences that it checks for'),
          freshnessMs: wholeNumber('For how long a memory may answer without a new proof'),
          wholeAddresses: flag('Whether whole addresses are kept of the users of keys'),
          types: list(object({ id: text('The type'), audiences: texts('The APIs that its keys reach') })),
          environments: texts('The environments'),
          plans: list(object({ id: text('The plan'), limits: list(limit), accountLimits: list(limit) })),
          permissions: texts('Every permission that there is'),
        }),
        'What an engine judges by',
      ),
      ...refusals('400', '401', '403', '429', '503'),
    },
  },
}

const feed: DataPlaneDocument = {
  path: '/v1/feed',
  method: 'get',
  operation: {
    ...common,
    operationId: 'followFeed',
    summary: 'Follow what changes',
    description: [
      'For verify and operator credentials. Server-sent events: `change` for each entry of the log, whose data are its `number` and the `scopes` that it touches, in order and without a gap; `reset` where the place asked for is of another past, or too long ago: forget everything.',
      'The id of an event is a position; a stream that broke off goes on after it. Every 10 seconds a comment shows that the stream is alive. A stream that nobody reads is cut off, as is one whose credential changes.',
      'The feed wakes, and proves nothing: what it does not tell may have happened. Only the head proves that a memory is fresh.',
    ].join('\n\n'),
    parameters: [
      {
        name: 'after',
        in: 'query',
        description: 'The position after which to tell; absent: from now on',
        schema: { type: 'string' },
      },
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'The same, as browsers send it when they connect again; it has precedence',
        schema: { type: 'string' },
      },
    ],
    responses: {
      '200': { description: 'What changes', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      ...refusals('400', '401', '429', '503'),
    },
  },
}

const facts: DataPlaneDocument = {
  path: '/v1/facts',
  method: 'post',
  operation: {
    ...common,
    operationId: 'readFacts',
    summary: 'Read what is known of keys and accounts',
    description:
      'For verify credentials. All that a check needs to know of up to 100 keys, by their text, and accounts, by their id, each with the position of the log at which it was so. The answers come in the order asked; what cannot be proved now is `unavailable` on its own.',
    requestBody: body({
      ...object(
        {
          keys: { ...list({ type: 'string' }, 100), description: 'Presented keys, as they came' },
          accounts: { ...list({ type: 'string' }, 100), description: 'Ids of accounts' },
        },
        ['keys', 'accounts'],
      ),
      additionalProperties: false,
    }),
    responses: {
      ...answered(
        object({
          config: text('The hash of the configuration by which they are to be judged'),
          keys: list({
            anyOf: [object({ position, key: orNull(keyFacts), account: orNull(accountFacts) }), unproved],
          }),
          accounts: list({ anyOf: [object({ position, account: orNull(accountFacts) }), unproved] }),
        }),
        'What is known',
      ),
      ...refusals('400', '401', '403', '413', '415', '429', '503'),
    },
  },
}

const outcome: Json = { enum: [...codes], description: 'The outcome of the check' }
const tag = { type: 'string', pattern: '^[\\w.:/-]{0,64}$' }
const count: Json = { type: 'integer', minimum: 1, maximum: 1_000_000_000 }
const keyId = text('The id of the key')
const hour = wholeNumber('The beginning of the hour, in epoch milliseconds')
const moment = wholeNumber('Epoch milliseconds')
const network = 'An address or network; unless whole addresses are kept it is shortened'
const userAgent = textOrNull('Kept as one line of at most 256 characters')
const lines = (properties: Readonly<Record<string, Json>>): Json =>
  list({ ...object(properties), additionalProperties: false }, 50_000)

const usage: DataPlaneDocument = {
  path: '/v1/usage',
  method: 'post',
  operation: {
    ...common,
    operationId: 'reportUsage',
    summary: 'Report what checks left behind',
    description:
      'For verify credentials. Counts, last uses, newest checks and refusals of an engine elsewhere, in batches that each process numbers: a batch that is delivered again counts once. Times are at most 8 days old. A batch that is refused is stored in no part.',
    requestBody: body({
      ...object({
        process: { type: 'string', pattern: '^[\\w-]{1,64}$', description: 'Random to the reporting process' },
        number: { type: 'integer', minimum: 1, description: 'Of the batch, counted by the process' },
        usage: lines({ keyId, hourMs: hour, code: outcome, tag, count }),
        lastUsed: lines({ keyId, atMs: moment, network: textOrNull(network), userAgent }),
        activity: lines({
          keyId,
          atMs: moment,
          code: outcome,
          permission: textOrNull('What the check asked for; kept in at most 512 characters'),
          network: textOrNull(network),
          userAgent,
          tag: { ...tag, type: ['string', 'null'] },
        }),
        refusals: lines({ hourMs: hour, code: outcome, network: text(`${network}; empty: unknown`), count }),
      }),
      additionalProperties: false,
    }),
    responses: {
      ...answered(object({ stored: flag('False: it was stored before, and nothing was counted now') }), 'It is stored'),
      ...refusals('400', '401', '403', '413', '415', '429', '503'),
    },
  },
}

/** The doors of engines elsewhere, as the OpenAPI document shows them. */
export const engineDocuments: readonly DataPlaneDocument[] = [feed, engine, facts, usage]
