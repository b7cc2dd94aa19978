import { type ProblemCode, problem, problems } from '@keywright/core'
import { html, page } from '../html.ts'
import { advice } from '../problem-advice.ts'
import { referencePage } from '../reference.ts'
import { document } from '../route.ts'

const htmlType = 'text/html; charset=utf-8'

const isCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)

function problemPage(code: ProblemCode): string {
  const { status, title } = problems[code]
  return page(
    title,
    html`<h1>${title}</h1>
<p class="soft">Problem <code>${code}</code>, answered with status ${status}.</p>
<p>${advice[code]}</p>
<p><a href="/problems">All problems</a> · <a href="/reference">API reference</a></p>`,
  )
}

const problemList = (): string =>
  page(
    'Problems',
    html`<h1>Problems</h1>
<p>Every failure that this server answers, by its code.</p>
<div class="wide"><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>
${(Object.keys(problems) as ProblemCode[]).map(
  (
    code,
  ) => html`<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${problems[code].status}</td><td>${problems[code].title}</td></tr>
`,
)}</tbody></table></div>`,
  )

const cached = { 'Cache-Control': 'public, max-age=300' }

/** The routes of the documents about the API itself. */
export const documentRoutes = [
  document(
    {
      method: 'get',
      path: '/problems',
      operationId: 'listProblems',
      summary: 'A page that lists every problem',
      tag: 'Documents',
      permission: 'public',
      contentTypes: ['text/html'],
      problems: [],
    },
    async () => ({ contentType: htmlType, body: problemList(), headers: cached }),
  ),
  document(
    {
      method: 'get',
      path: '/problems/{code}',
      operationId: 'showProblem',
      summary: 'A page that explains one problem',
      tag: 'Documents',
      permission: 'public',
      contentTypes: ['text/html'],
      problems: ['route_not_found'],
    },
    async ({ params: { code } }) =>
      isCode(code) ? { contentType: htmlType, body: problemPage(code), headers: cached } : problem('route_not_found'),
  ),
  document(
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'readOpenapi',
      summary: 'This API as an OpenAPI 3.1 document',
      tag: 'Documents',
      permission: 'public',
      contentTypes: ['application/json'],
      problems: [],
    },
    async (_, { openapi }) => ({
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify(openapi()),
      headers: cached,
    }),
  ),
  document(
    {
      method: 'get',
      path: '/reference',
      operationId: 'showReference',
      summary: 'This API as a page to read',
      tag: 'Documents',
      permission: 'public',
      contentTypes: ['text/html'],
      problems: [],
    },
    async (_, { openapi }) => ({ contentType: htmlType, body: referencePage(openapi()), headers: cached }),
  ),
] as const
