import * as z from 'zod'
import { queryText } from '../fields.ts'
import { chooseLanguage } from '../language.ts'
import { reply, route } from '../route.ts'
import { configWire } from '../wire/config.ts'
import { ConfigWire } from '../wire/config-schema.ts'
import { PlanWire, planWire } from '../wire/plan.ts'

/** The routes of the configuration. */
export const configRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/config',
      operationId: 'readConfig',
      summary: 'Read the public part of the configuration',
      description: 'Texts in `language`, else as `Accept-Language` says.',
      tag: 'Configuration',
      permission: 'public',
      query: z.strictObject({ language: queryText(35).optional() }),
      returns: ConfigWire,
      problems: [],
    },
    async ({ query, headers }, { config, configHash }) => {
      const current = config()
      const language = chooseLanguage(query.language, headers.get('accept-language'), current.product.languages)
      const hash = configHash()
      return reply(configWire(current, hash, language), { etag: `${hash}-${language}`, contentLanguage: language })
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/plans',
      operationId: 'listPlans',
      summary: 'List the plans that an account can have',
      description: 'Labels in `language`, else as `Accept-Language` says.',
      tag: 'Configuration',
      permission: 'operator',
      query: z.strictObject({ language: queryText(35).optional() }),
      returns: z.object({ items: z.array(PlanWire) }),
      problems: [],
    },
    async ({ query, headers }, { config }) => {
      const { plans, product } = config()
      const language = chooseLanguage(query.language, headers.get('accept-language'), product.languages)
      return reply(
        { items: plans.map((plan) => planWire(plan, language, product.defaultLanguage)) },
        { contentLanguage: language },
      )
    },
  ),
] as const
