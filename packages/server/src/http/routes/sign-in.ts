import { isProblem, text } from '@keywright/core'
import * as z from 'zod'
import type { SignInStep, WithCookies } from '../../people/port.ts'
import { factorCode, password, webAuthn } from '../fields.ts'
import { chooseLanguage } from '../language.ts'
import { type Reply, reply, route } from '../route.ts'
import { webAuthnWire } from '../wire/web-authn.ts'

const Step = z
  .object({ next: z.enum(['done', 'second_factor']).describe('`second_factor`: one more proof is needed') })
  .meta({ id: 'SignInStep' })

const stepped = ({ value, setCookies }: WithCookies<SignInStep>): Reply<z.input<typeof Step>> =>
  reply({ next: value.next }, { setCookies })

/** The routes by which people sign in with what they know or have. */
export const signInRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/sign-in',
      operationId: 'readSignIn',
      summary: 'Read how one can sign in here',
      description: 'The name in the language that `Accept-Language` asks for.',
      tag: 'Sign-in',
      permission: 'public',
      returns: z.object({
        product: z.string(),
        languages: z.array(z.string()),
        providers: z.array(z.object({ id: z.string(), label: z.string() })),
        mail: z.boolean().describe('Whether mail can be sent, such as a link to set a password'),
      }),
      problems: [],
    },
    async ({ headers }, { config, people, messages }) => {
      const { name, languages, defaultLanguage } = config().product
      const language = chooseLanguage(undefined, headers.get('accept-language'), languages)
      const product = text(name, language, defaultLanguage)
      const answer = { product, languages: [...languages], providers: [...people.providers], mail: messages.mail }
      return reply(answer, { contentLanguage: language })
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/sign-in',
      operationId: 'signIn',
      summary: 'Sign in with an e-mail address and a password',
      tag: 'Sign-in',
      permission: 'public',
      // Whatever was typed is judged by the one who knows; a text that is no address answers as one that nobody has.
      body: z.strictObject({ email: z.string().min(1).max(320), password }),
      returns: Step,
      problems: ['sign_in_refused', 'too_many_requests'],
    },
    async ({ visitor, body }, { people }) => {
      const step = await people.signIn(visitor, { email: body.email.trim().toLowerCase(), password: body.password })
      return isProblem(step) ? step : stepped(step)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/sign-in/second-factor',
      operationId: 'signInSecondFactor',
      summary: 'Finish signing in by a code of the authenticator, or by a backup code',
      tag: 'Sign-in',
      permission: 'public',
      body: z
        .strictObject({ code: factorCode.optional(), backupCode: factorCode.optional() })
        .refine(({ code, backupCode }) => (code === undefined) !== (backupCode === undefined), {
          message: 'Send either code or backupCode',
        }),
      returns: Step,
      problems: ['second_factor_refused', 'sign_in_required', 'too_many_requests'],
    },
    async ({ visitor, body: { code = '', backupCode } }, { people }) => {
      const step = await people.signInSecondFactor(visitor, backupCode === undefined ? { code } : { backupCode })
      return isProblem(step) ? step : stepped(step)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/sign-in/passkey/options',
      operationId: 'startPasskeySignIn',
      summary: 'Begin signing in with a passkey',
      tag: 'Sign-in',
      permission: 'public',
      body: z.strictObject({}),
      bodyOptional: true,
      returns: webAuthn,
      problems: ['too_many_requests'],
    },
    async ({ visitor }, { people }) => {
      const options = await people.passkeySignInOptions(visitor)
      return isProblem(options) ? options : webAuthnWire(options)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/sign-in/passkey',
      operationId: 'signInWithPasskey',
      summary: 'Sign in with a passkey',
      tag: 'Sign-in',
      permission: 'public',
      body: z.strictObject({ response: webAuthn }),
      returns: Step,
      problems: ['passkey_refused', 'too_many_requests'],
    },
    async ({ visitor, body }, { people }) => {
      const step = await people.signInWithPasskey(visitor, body.response)
      return isProblem(step) ? step : stepped(step)
    },
  ),
] as const
