import { randomUUID } from 'node:crypto'
import { createKeywright } from '@keywright/sdk'
import { apiKey, keywright, requires } from '@keywright/sdk/fastify'
import Fastify, { type FastifyInstance } from 'fastify'

interface Job {
  readonly id: string
  readonly title: string
}

/** Makes the protected API. `verifyCredential` names the environment that this instance of it serves. */
export async function createApi(keywrightUrl: string, verifyCredential: string): Promise<FastifyInstance> {
  const verifier = createKeywright({ url: keywrightUrl, credential: verifyCredential })
  const jobsOf = new Map<string, Map<string, Job>>()
  const jobs = (account: string): Map<string, Job> => {
    const found = jobsOf.get(account) ?? new Map<string, Job>()
    jobsOf.set(account, found)
    return found
  }

  const app = Fastify()
  await app.register(keywright({ verifier }))

  app.get('/v1/jobs', { onRequest: requires('jobs.view') }, async (request) => ({
    jobs: [...jobs(apiKey(request).account).values()],
  }))

  app.post<{ Body: { title: string } }>(
    '/v1/jobs',
    {
      onRequest: requires('jobs.create'),
      schema: {
        body: {
          type: 'object',
          required: ['title'],
          properties: { title: { type: 'string', minLength: 1, maxLength: 200 } },
        },
      },
    },
    async (request, reply) => {
      const job = { id: randomUUID(), title: request.body.title }
      jobs(apiKey(request).account).set(job.id, job)
      return reply.code(201).send(job)
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/v1/jobs/:id',
    { onRequest: requires('jobs.delete') },
    async (request, reply) => {
      const found = jobs(apiKey(request).account).delete(request.params.id)
      return reply.code(found ? 204 : 404).send()
    },
  )

  // What only Full Access reaches.
  app.get('/v1/administration', { onRequest: requires('administration.manage') }, async (request) => ({
    account: apiKey(request).account,
    jobs: jobs(apiKey(request).account).size,
  }))

  // A key can be limited to one of these.
  for (const integration of ['crm', 'ats']) {
    app.post(
      `/v1/integrations/${integration}/sync`,
      { onRequest: requires(`integrations.use:${integration}`) },
      async (_request, reply) => reply.code(202).send({ integration, state: 'queued' }),
    )
  }
  return app
}

if (import.meta.main) {
  const { KEYWRIGHT_URL = 'http://127.0.0.1:3000', KEYWRIGHT_CREDENTIAL, PORT = '4000' } = process.env
  if (KEYWRIGHT_CREDENTIAL === undefined) {
    console.error('Set KEYWRIGHT_CREDENTIAL to a verify credential of the environment that this API serves.')
    process.exit(1)
  }
  const app = await createApi(KEYWRIGHT_URL, KEYWRIGHT_CREDENTIAL)
  console.log(`The API listens on ${await app.listen({ port: Number(PORT), host: '127.0.0.1' })}`)
}
