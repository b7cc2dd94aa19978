import { isProblem, keyStates } from '@keywright/core'
import * as z from 'zod'
import type { KeyChange, KeyInput, KeySort } from '../../storage/ports.ts'
import {
  configId,
  description,
  grantIn,
  id,
  metadataIn,
  momentIn,
  name,
  networksIn,
  onlyReason,
  pageOf,
  pageQuery,
  permission,
  queryList,
  queryText,
  queryTrue,
  quotaIn,
} from '../fields.ts'
import { horizonOf } from '../horizon.ts'
import { reply, route } from '../route.ts'
import { CreatedKeyWire, KeyInForceWire, KeyWire, keyWire } from '../wire/key.ts'
import { limitsIn, limitsInForceWire, toLimit } from '../wire/limit.ts'
import { pageWire } from '../wire/page.ts'
import { secretOf } from '../wire/secret.ts'

const sorts = [
  'created',
  '-created',
  'name',
  '-name',
  'lastUsed',
  '-lastUsed',
  'expires',
  '-expires',
] as const satisfies readonly KeySort[]

/** What chooses keys, in the query of a listing. */
const Query = z.strictObject({
  ...pageQuery,
  search: queryText(200).optional().describe('Part of a name, an id, or the last four characters'),
  state: queryList(keyStates)
    .optional()
    .describe('Several with commas or repeated; absent: the states that the configuration lists'),
  type: configId.optional(),
  environment: configId.optional(),
  owner: z
    .union([z.literal('none'), id])
    .optional()
    .describe('The member that the keys belong to; `none`: service keys'),
  permission: permission.optional().describe('Keys that may do this, unrestricted ones included'),
  expiresBefore: momentIn.optional().describe('With an expiry of their own before this moment'),
  rotating: queryTrue.optional().describe('Older keys of a rotation'),
  unusedSince: momentIn.optional().describe('Not used since this moment'),
  dueForRotation: queryTrue.optional(),
  noExpiry: queryTrue.optional(),
  unrestricted: queryTrue.optional(),
  sort: z.enum(sorts).optional().describe('A minus sign turns the order round; `-created` where it is absent'),
})

const both = {
  allowedNetworks: networksIn
    .nullable()
    .optional()
    .describe('From where the key may be used; `null`: anywhere; `[]`: nowhere'),
  limits: limitsIn.optional(),
  quota: quotaIn.nullable().optional(),
  metadata: metadataIn.nullable().optional(),
  owner: id.nullable().optional().describe('A member of the account; absent or `null`: a service key'),
  grant: grantIn.optional(),
  preset: configId.optional(),
  expiresAt: momentIn.nullable().optional(),
} as const

const grantOrPreset = { error: 'Either grant or preset', path: ['preset'] }

const Creation = z
  .strictObject({
    name: name.optional(),
    description: description.optional(),
    type: configId.optional(),
    environment: configId.optional(),
    ...both,
  })
  .refine(({ grant, preset }) => grant === undefined || preset === undefined, grantOrPreset)

const Change = z
  .strictObject({ name: name.nullable().optional(), description: description.nullable().optional(), ...both })
  .refine(({ grant, preset }) => grant === undefined || preset === undefined, grantOrPreset)

const toInput = ({ expiresAt, limits, ...rest }: z.output<typeof Creation>): KeyInput => ({
  ...rest,
  ...(expiresAt === undefined ? {} : { expiresAtMs: expiresAt }),
  ...(limits === undefined ? {} : { limits: limits.map(toLimit) }),
})

const toChange = ({ expiresAt, limits, ...rest }: z.output<typeof Change>): KeyChange => ({
  ...rest,
  ...(expiresAt === undefined ? {} : { expiresAtMs: expiresAt }),
  ...(limits === undefined ? {} : { limits: limits.map(toLimit) }),
})

/** The routes that make, list, read, edit and delete keys. */
export const keyRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/keys',
      operationId: 'createKey',
      summary: 'Create a key',
      description: 'The answer holds the `secret` this once; nothing can give it back.',
      tag: 'Keys',
      permission: { key: 'create' },
      sensitive: true,
      body: Creation,
      returns: CreatedKeyWire,
      status: 201,
      problems: [
        'account_not_found',
        'account_suspended',
        'active_keys_cap',
        'not_allowed_by_configuration',
        'invalid_parameters',
        'exceeds_creator',
      ],
      idempotencyKey: true,
    },
    async ({ params, caller, body, idempotency }, { storage }) => {
      const created = await storage.keys.create(caller, params.account, toInput(body), idempotency)
      if (isProblem(created)) return created
      const { record, replayed } = created
      return reply(
        { ...keyWire(record), secret: secretOf(created) },
        { etag: record.version, location: `/v1/keys/${record.id}`, replayed },
      )
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/keys',
      operationId: 'listKeys',
      summary: 'List the keys of an account',
      tag: 'Keys',
      permission: { key: 'view' },
      query: Query,
      returns: pageOf(KeyWire),
      problems: ['account_not_found', 'invalid_cursor'],
    },
    async ({ params, actor, query }, { storage, config }) => {
      const { cursor, limit, sort, unusedSince, expiresBefore, owner, state, ...filter } = query
      const filters = {
        ...filter,
        state: state ?? config().display.listedStates,
        within: await horizonOf(actor, storage),
      }
      const page = await storage.keys.list(
        params.account,
        {
          ...filters,
          unusedSinceMs: unusedSince,
          expiresBeforeMs: expiresBefore,
          owner: owner === 'none' ? null : owner,
        },
        { cursor, limit, sort },
      )
      return pageWire(page, keyWire)
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/keys/{key}',
      operationId: 'readKey',
      summary: 'Read one key',
      tag: 'Keys',
      permission: { key: 'view' },
      returns: KeyInForceWire,
      problems: ['key_not_found'],
    },
    async ({ params }, { storage }) => {
      const key = await storage.keys.read(params.key)
      if (isProblem(key)) return key
      const inForce = limitsInForceWire(await storage.insights.keyLimits(key))
      return reply({ ...keyWire(key), inForce }, { etag: key.version })
    },
  ),
  route(
    {
      method: 'patch',
      path: '/v1/keys/{key}',
      operationId: 'updateKey',
      summary: 'Change a key',
      description: 'What is absent stays, `null` clears, a value sets. Type, environment and account are final.',
      tag: 'Keys',
      permission: { key: 'edit' },
      body: Change,
      returns: KeyWire,
      problems: [
        'key_not_found',
        'key_state_conflict',
        'grant_not_editable',
        'not_allowed_by_configuration',
        'invalid_parameters',
        'exceeds_creator',
        'exceeds_children',
      ],
      ifMatch: true,
    },
    async ({ params, caller, body, ifMatch }, { storage }) => {
      const key = await storage.keys.update(caller, params.key, toChange(body), ifMatch)
      return isProblem(key) ? key : reply(keyWire(key), { etag: key.version })
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/keys/{key}',
      operationId: 'deleteKey',
      summary: 'Delete a key for good',
      description: 'Only the log keeps its record.',
      tag: 'Keys',
      permission: { key: 'delete' },
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['key_not_found', 'key_state_conflict', 'action_not_offered', 'exceeds_creator'],
      ifMatch: true,
    },
    async ({ params, caller, ifMatch }, { storage }) => {
      const deleted = await storage.keys.change(caller, params.key, 'delete', ifMatch)
      if (!isProblem(deleted)) return null
      // Reactivating alone meets these two.
      if (deleted.problem === 'active_keys_cap' || deleted.problem === 'account_suspended')
        throw new Error(`deleting a key answered ${deleted.problem}`)
      return { ...deleted, problem: deleted.problem }
    },
  ),
] as const
