import * as z from 'zod'
import { queryText } from '../fields.ts'
import { chooseLanguage } from '../language.ts'
import { reply, route } from '../route.ts'
import { configWire } from '../wire/config.ts'
import { ConfigWire } from '../wire/config-schema.ts'

/** The route of the configuration. */
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
] as const
