import { isProblem, problem } from '@keywright/core'
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

/** Whether a browser asks: it names HTML, which programs do not. */
const wantsHtml = (headers: Headers): boolean => /\btext\/html\b/.test(headers.get('accept') ?? '')

/** The routes of the one-time set-up link. */
export const setupRoutes = [
  document(
    {
      method: 'get',
      path: '/setup/{token}',
      operationId: 'showSetup',
      summary: 'A page with one button; reading it consumes nothing',
      tag: 'Set-up',
      permission: 'public',
      contentTypes: ['text/html'],
      problems: ['setup_closed'],
    },
    async ({ params }, { storage }) => {
      if (!tokenPattern.test(params.token) || !(await storage.setup.isOpen(params.token)))
        return problem('setup_closed')
      return { contentType: htmlType, body: page('Set up Keywright', invitation) }
    },
  ),
  document(
    {
      method: 'post',
      path: '/setup/{token}',
      operationId: 'completeSetup',
      summary: 'Make the first operator credential, once',
      description: 'Answers JSON with `secret`, or a page where the client asks for HTML.',
      tag: 'Set-up',
      permission: 'public',
      contentTypes: ['application/json', 'text/html'],
      statuses: [201],
      problems: ['setup_closed'],
    },
    async ({ params, caller, headers }, { storage }) => {
      if (!tokenPattern.test(params.token)) return problem('setup_closed')
      const created = await storage.setup.complete(params.token, caller)
      if (isProblem(created)) return created
      const secret = secretOf(created)
      if (wantsHtml(headers))
        return { status: 201, contentType: htmlType, body: page('Operator credential', shown(secret ?? '')) }
      const body = JSON.stringify({ ...credentialWire(created.record), secret })
      return { status: 201, contentType: 'application/json; charset=utf-8', body }
    },
  ),
] as const
