import { isProblem, problem } from '@keywright/core'
import * as z from 'zod'
import type { Visitor } from '../../people/port.ts'
import type { Caller } from '../../storage/ports.ts'
import type { RouteDeps } from '../deps.ts'
import { email, name, password } from '../fields.ts'
import { type Html, html, page } from '../html.ts'
import { document } from '../route.ts'
import { credentialWire } from '../wire/credential.ts'
import { secretOf } from '../wire/secret.ts'

const htmlType = 'text/html; charset=utf-8'
const tokenPattern = /^[A-Za-z0-9_-]{16,255}$/

const invitation: Html = html`<h1>Set up Keywright</h1>
<p>This makes the first operator credential of this installation. It is shown once, and this link then stops working.</p>
<p>Have a safe place for it ready, such as a password manager.</p>
<form method="post"><button type="submit">Make the operator credential</button></form>
<p class="soft">Or, on a command line: send a POST request to this address; the answer is JSON.</p>`

const shown = (secret: string): Html => html`<h1>Your operator credential</h1>
<p>Copy it now. It is not shown again, and nothing can give it back.</p>
<pre><code>${secret}</code></pre>
<p>Programs send it as <code>Authorization: Bearer …</code>; the command line reads it from <code>KEYWRIGHT_CREDENTIAL</code>.</p>`

const closed: Html = html`<h1>This set-up link does not work any more</h1>
<p>It works once. Where it was used, or that of another server was, this installation has its operator: <a href="/sign-in">sign in</a>.</p>
<p>Where nobody has used one, restart the server: as long as there is no operator, it prints a new link.</p>`

const FirstPerson = z.strictObject({
  name,
  email,
  password,
  accountName: name.optional().describe('Makes a first account too, of which this person is a member'),
})

type FirstPerson = z.output<typeof FirstPerson>

/** The person who is to operate, and the cookies of their session. */
async function admit({ people }: RouteDeps, caller: Caller, visitor: Visitor, given: FirstPerson) {
  const created = await people.create(caller, { name: given.name, email: given.email, password: given.password })
  if (!isProblem(created)) return { person: created, signIn: () => people.signInNew(visitor, created) }
  if (created.problem !== 'person_exists') return created
  // An earlier try may have been cut off after it made the person; whoever knows the password goes on with it.
  const step = await people.signIn(visitor, { email: given.email, password: given.password })
  const person = isProblem(step) || step.value.next !== 'done' ? undefined : await people.findByEmail(given.email)
  return isProblem(step) || person === undefined ? created : { person, signIn: async () => step }
}

async function makeFirstOperator(
  deps: RouteDeps,
  { caller, visitor, token, given }: { caller: Caller; visitor: Visitor; token: string; given: FirstPerson },
) {
  const { storage } = deps
  // A link that is closed makes nobody.
  if (!(await storage.setup.isOpen(token))) return problem('setup_closed')
  const admitted = await admit(deps, caller, visitor, given)
  if (isProblem(admitted)) return admitted
  const { person, signIn } = admitted
  const accountName = given.accountName ?? null
  const made = await storage.operators.completeSetup(token, caller, {
    personId: person.id,
    personName: person.name,
    accountName,
  })
  if (isProblem(made)) return made
  const { setCookies } = await signIn()
  return { account: made.accountId, setCookies }
}

let turn: Promise<unknown> = Promise.resolve()

/** Does one set-up after another, so that of two at once the later finds the link closed before it makes a person. */
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = turn.then(work, work)
  turn = result.catch(() => undefined)
  return result
}

const jsonType = 'application/json; charset=utf-8'

/** Whether a browser asks: it names HTML, which programs do not. */
const wantsHtml = (headers: Headers): boolean => /\btext\/html\b/.test(headers.get('accept') ?? '')

/** The routes of the one-time set-up link. */
export const setupRoutes = [
  document(
    {
      method: 'get',
      path: '/setup/{token}',
      operationId: 'showSetup',
      summary: 'The page of the set-up link; reading it consumes nothing',
      tag: 'Set-up',
      permission: 'public',
      contentTypes: ['text/html'],
      problems: ['setup_closed'],
    },
    async ({ params, headers }, { storage, consolePage }) => {
      if (!tokenPattern.test(params.token) || !(await storage.setup.isOpen(params.token))) {
        if (!wantsHtml(headers)) return problem('setup_closed')
        return { status: 404, contentType: htmlType, body: page('Set-up link', closed) }
      }
      const console = await consolePage()
      if (console !== null) return { contentType: htmlType, body: console.body, headers: console.headers }
      return { contentType: htmlType, body: page('Set up Keywright', invitation) }
    },
  ),
  document(
    {
      method: 'post',
      path: '/setup/{token}',
      operationId: 'completeSetup',
      summary: 'Make the first operator, once: a person or, without a body, a credential',
      description:
        'With a body: the person signs in at once (a session cookie) and `account` is the first account, where one was named. Without: answers JSON with `secret`, or a page where the client asks for HTML.',
      tag: 'Set-up',
      permission: 'public',
      contentTypes: ['application/json', 'text/html'],
      statuses: [201],
      body: FirstPerson,
      bodyOptional: true,
      problems: ['setup_closed', 'person_exists', 'password_not_allowed'],
    },
    async ({ params, caller, headers, visitor, body: given }, deps) => {
      const { storage } = deps
      if (!tokenPattern.test(params.token)) return problem('setup_closed')
      if (given !== undefined) {
        const made = await inTurn(() => makeFirstOperator(deps, { caller, visitor, token: params.token, given }))
        if (isProblem(made)) return made
        const { account, setCookies } = made
        return { status: 201, contentType: jsonType, body: JSON.stringify({ account }), setCookies }
      }
      const created = await storage.setup.complete(params.token, caller)
      if (isProblem(created)) return created
      const secret = secretOf(created)
      if (wantsHtml(headers))
        return { status: 201, contentType: htmlType, body: page('Operator credential', shown(secret ?? '')) }
      const body = JSON.stringify({ ...credentialWire(created.record), secret })
      return { status: 201, contentType: jsonType, body }
    },
  ),
] as const
