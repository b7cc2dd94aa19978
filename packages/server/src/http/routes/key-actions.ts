import { isProblem, type Problem } from '@keywright/core'
import * as z from 'zod'
import type { KeyRecord } from '../../storage/ports.ts'
import { moment, momentIn, momentOrNull, onlyReason, reason } from '../fields.ts'
import { reply, route } from '../route.ts'
import { CreatedKeyWire, KeyWire, keyWire } from '../wire/key.ts'
import { limitOverridesIn, quotaOverrideIn, toLimitOverride, toQuotaOverride } from '../wire/limit.ts'
import { secretOf } from '../wire/secret.ts'

const Rotation = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(31_622_400)
    .optional()
    .describe('How long the older key is still accepted; absent: as configured'),
  expiresAt: momentIn.nullable().optional().describe("The new key's expiry; absent: the older key's"),
  reason: reason.optional(),
})

const Rotated = z
  .object({ ...CreatedKeyWire.shape, previous: z.object({ id: z.string(), endsAt: moment.nullable() }) })
  .meta({ id: 'RotatedKey' })

const Override = z.strictObject({
  limits: limitOverridesIn.optional(),
  quota: quotaOverrideIn.nullable().optional(),
  reason: reason.optional(),
})

/** The key after a change of state, which only deleting ends without one. */
function changed<Code extends Problem['problem']>(key: KeyRecord | null | Problem<Code>) {
  if (key === null) throw new Error('a change of state answered as a deletion')
  return isProblem(key) ? key : reply(keyWire(key), { etag: key.version })
}

/** The routes that change what a key is. */
export const keyActionRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/keys/{key}/pause',
      operationId: 'pauseKey',
      summary: 'Pause a key until it is reactivated',
      tag: 'Keys',
      permission: { key: 'pause' },
      body: onlyReason,
      bodyOptional: true,
      returns: KeyWire,
      problems: [
        'key_not_found',
        'key_state_conflict',
        'action_not_offered',
        'active_keys_cap',
        'account_suspended',
        'exceeds_creator',
      ],
      ifMatch: true,
    },
    async ({ params, caller, ifMatch }, { storage }) =>
      changed(await storage.keys.change(caller, params.key, 'pause', ifMatch)),
  ),
  route(
    {
      method: 'post',
      path: '/v1/keys/{key}/reactivate',
      operationId: 'reactivateKey',
      summary: 'Reactivate a paused key',
      tag: 'Keys',
      permission: { key: 'reactivate' },
      body: onlyReason,
      bodyOptional: true,
      returns: KeyWire,
      problems: [
        'key_not_found',
        'key_state_conflict',
        'action_not_offered',
        'active_keys_cap',
        'account_suspended',
        'exceeds_creator',
      ],
      ifMatch: true,
    },
    async ({ params, caller, ifMatch }, { storage }) =>
      changed(await storage.keys.change(caller, params.key, 'reactivate', ifMatch)),
  ),
  route(
    {
      method: 'post',
      path: '/v1/keys/{key}/revoke',
      operationId: 'revokeKey',
      summary: 'Revoke a key for good',
      tag: 'Keys',
      permission: { key: 'revoke' },
      body: onlyReason,
      bodyOptional: true,
      returns: KeyWire,
      problems: [
        'key_not_found',
        'key_state_conflict',
        'action_not_offered',
        'active_keys_cap',
        'account_suspended',
        'exceeds_creator',
      ],
      ifMatch: true,
    },
    async ({ params, caller, ifMatch }, { storage }) =>
      changed(await storage.keys.change(caller, params.key, 'revoke', ifMatch)),
  ),
  route(
    {
      method: 'post',
      path: '/v1/keys/{key}/rotate',
      operationId: 'rotateKey',
      summary: 'Make a new key in place of this one',
      description: 'The answer holds the new `secret` this once. The older key is accepted until `previous.endsAt`.',
      tag: 'Keys',
      permission: { key: 'rotate' },
      sensitive: true,
      body: Rotation,
      bodyOptional: true,
      returns: Rotated,
      status: 201,
      problems: [
        'key_not_found',
        'key_not_newest',
        'key_state_conflict',
        'action_not_offered',
        'account_suspended',
        'not_allowed_by_configuration',
        'invalid_parameters',
        'exceeds_creator',
        'exceeds_children',
      ],
      idempotencyKey: true,
    },
    async ({ params, caller, body, idempotency }, { storage }) => {
      const request = { overlapSeconds: body?.overlapSeconds, expiresAtMs: body?.expiresAt }
      const rotated = await storage.keys.rotate(caller, params.key, request, idempotency)
      if (isProblem(rotated)) return rotated
      const { record, previous, replayed } = rotated
      return reply(
        {
          ...keyWire(record),
          secret: secretOf(rotated),
          previous: { id: previous.id, endsAt: momentOrNull(previous.endsAtMs) },
        },
        { etag: record.version, location: `/v1/keys/${record.id}`, replayed },
      )
    },
  ),
  route(
    {
      method: 'put',
      path: '/v1/keys/{key}/override',
      operationId: 'setKeyOverride',
      summary: "Override a key's limits or quota, for a while or for good",
      tag: 'Keys',
      permission: 'operator',
      body: Override,
      returns: KeyWire,
      problems: ['key_not_found', 'invalid_parameters', 'exceeds_children'],
    },
    async ({ params, caller, body: { limits, quota } }, { storage }) => {
      const override = {
        ...(limits === undefined ? {} : { limits: limits.map(toLimitOverride) }),
        ...(quota === undefined ? {} : { quota: quota === null ? null : toQuotaOverride(quota) }),
      }
      const key = await storage.keys.setOverride(caller, params.key, override)
      return isProblem(key) ? key : reply(keyWire(key), { etag: key.version })
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/keys/{key}/override',
      operationId: 'clearKeyOverride',
      summary: "Remove the override of a key's limits and quota",
      tag: 'Keys',
      permission: 'operator',
      body: onlyReason,
      bodyOptional: true,
      returns: KeyWire,
      problems: ['key_not_found', 'exceeds_children'],
    },
    async ({ params, caller }, { storage }) => {
      const key = await storage.keys.clearOverride(caller, params.key)
      return isProblem(key) ? key : reply(keyWire(key), { etag: key.version })
    },
  ),
] as const
