import { helpPage } from '../help/page.ts'
import { chooseLanguage } from '../language.ts'
import { document } from '../route.ts'

/** The route of the customers' documentation. */
export const helpRoutes = [
  document(
    {
      method: 'get',
      path: '/help',
      operationId: 'showHelp',
      summary: 'The documentation for customers, made from the configuration',
      description: 'In the language that the parameter `language` names, else as `Accept-Language` says.',
      tag: 'Documents',
      permission: 'public',
      contentTypes: ['text/html'],
      problems: [],
    },
    async ({ url, headers }, { config }) => {
      const current = config()
      const asked = url.searchParams.get('language')?.slice(0, 35)
      const language = chooseLanguage(asked, headers.get('accept-language'), current.product.languages)
      return {
        contentType: 'text/html; charset=utf-8',
        body: helpPage(current, language),
        // Made anew for each request: what an applied configuration changes is on the page at once.
        headers: { 'Content-Language': language, Vary: 'Accept-Language', 'Cache-Control': 'no-cache' },
      }
    },
  ),
] as const
