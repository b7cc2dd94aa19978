import { keyActions, keyStates, lifecycleActions } from '@keywright/core'
import * as z from 'zod'
import { GrantWire } from './key.ts'

const words = z.object({ one: z.string(), many: z.string() })
const nullable = z.string().nullable()
const field = z.object({ presence: z.enum(['required', 'optional', 'absent']), label: z.string(), hint: nullable })
const described = { id: z.string(), label: z.string(), description: nullable } as const

/** The public part of the configuration in one language: all that a page or an SDK needs, and no plan, price or cap of another account. */
export const ConfigWire = z
  .object({
    hash: z.string().describe('Of the whole configuration; it changes with every change'),
    language: z.string(),
    product: z.object({
      name: z.string(),
      languages: z.array(z.string()),
      links: z.object({
        support: nullable,
        reference: nullable,
        team: nullable,
        errors: nullable,
        dashboard: nullable,
      }),
    }),
    words: z.object({
      account: words,
      key: words,
      environment: words,
      type: words,
      member: words,
      menu: z.array(z.string()),
      menuPlace: z.enum(['top', 'side']),
      create: z.string(),
      done: z.string(),
    }),
    fields: z.object({
      name: z.object({
        ...field.shape,
        advice: z.object({ vague: z.array(z.string()), text: z.string(), examples: z.array(z.string()) }).nullable(),
      }),
      description: field,
    }),
    types: z.array(
      z.object({
        ...described,
        prefix: z.string(),
        audiences: z.array(z.string()),
        fixedGrant: GrantWire.nullable(),
        example: nullable,
      }),
    ),
    defaultType: nullable,
    environments: z.array(z.object({ ...described, tag: nullable, baseUrl: nullable })),
    defaultEnvironment: nullable,
    groups: z.array(z.object({ id: z.string(), label: z.string() })),
    resources: z.array(
      z.object({
        ...described,
        group: nullable,
        verbs: z.array(z.string()),
        levels: z.array(z.object({ id: z.string(), label: z.string(), verbs: z.array(z.string()) })),
        instances: z.union([z.literal('any'), z.array(z.object({ id: z.string(), label: z.string() }))]).nullable(),
        managesKeys: z.boolean(),
      }),
    ),
    presets: z.array(z.object({ ...described, grant: GrantWire })),
    grants: z.object({
      unrestricted: z.enum(['absent', 'offered', 'discouraged']),
      unrestrictedPreset: nullable,
      custom: z.boolean(),
      editable: z.boolean(),
      default: nullable,
      advice: z.string(),
      notEditable: z.string(),
    }),
    roles: z.array(z.object({ ...described, may: z.array(z.enum(keyActions)), managesMembers: z.boolean() })),
    lastingRole: nullable,
    plans: z.array(z.object({ id: z.string(), label: z.string() })),
    actions: z.partialRecord(
      z.enum(lifecycleActions),
      z.object({ label: z.string(), confirm: z.enum(['none', 'dialog', 'type-name']), warning: z.string() }),
    ),
    expiry: z.object({
      choicesDays: z.array(z.number().nullable()).nullable(),
      defaultDays: z.number().nullable(),
      maxDays: z.number().nullable(),
    }),
    rotation: z.object({
      dueAfterDays: z.number().nullable(),
      overlapsSeconds: z.array(z.number()),
      defaultOverlapSeconds: z.number(),
      maxOverlapSeconds: z.number(),
    }),
    display: z.object({
      mask: z.object({ kind: z.enum(['first', 'last']), characters: z.int() }),
      columns: z.array(z.string()),
      listedStates: z.array(z.enum(keyStates)),
      stateLabels: z.record(z.enum(keyStates), z.string()),
    }),
    acceptedHeaders: z.array(z.enum(['authorization', 'x-api-key'])),
    problems: z.record(
      z.string(),
      z.object({ status: z.int(), title: z.string(), detail: nullable, check: z.array(z.string()) }),
    ),
    tips: z.array(z.string()),
    help: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        body: nullable,
        items: z.array(z.string()),
        links: z.array(z.object({ label: z.string(), href: z.string() })),
      }),
    ),
  })
  .meta({ id: 'Config' })
