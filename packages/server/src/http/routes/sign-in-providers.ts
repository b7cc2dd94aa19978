import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { document, reply, route } from '../route.ts'

/** A path of ours: from the root, and nothing that a browser could take for another host. */
const ownPath = z
  .string()
  .max(2_000)
  .regex(/^\/(?![/\\])[\x21\x23-\x5b\x5d-\x7e]*$/, 'Expected a path of this server such as /accounts')

/** The routes by which people sign in by an identity provider. */
export const signInProviderRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/sign-in/providers/{provider}',
      operationId: 'startProviderSignIn',
      summary: 'Begin signing in by an identity provider',
      tag: 'Sign-in',
      permission: 'public',
      body: z.strictObject({ returnTo: ownPath.optional().describe('Where to go afterwards; absent: the start') }),
      bodyOptional: true,
      returns: z.object({ url: z.string().describe('Where the browser goes next') }),
      problems: ['provider_not_found', 'too_many_requests'],
    },
    async ({ visitor, params, body }, { people }) => {
      const started = await people.startProvider(visitor, params.provider, body?.returnTo ?? '/')
      return isProblem(started) ? started : reply({ url: started.value.url }, { setCookies: started.setCookies })
    },
  ),
  document(
    {
      method: 'get',
      path: '/v1/sign-in/providers/{provider}/callback',
      operationId: 'finishProviderSignIn',
      summary: 'Where an identity provider sends the browser back to',
      tag: 'Sign-in',
      permission: 'public',
      contentTypes: ['text/plain'],
      statuses: [302],
      problems: [],
    },
    async ({ request, visitor }, { people }) => {
      const { value, setCookies } = await people.finishProvider(request, visitor)
      const location = ownPath.safeParse(value.location)
      return {
        status: 302,
        contentType: 'text/plain; charset=utf-8',
        body: '',
        headers: { Location: location.success ? location.data : '/' },
        setCookies,
      }
    },
  ),
] as const
