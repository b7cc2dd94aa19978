import * as z from 'zod'
import { document, route } from '../route.ts'

/** The routes that say how the server is. */
export const healthRoutes = [
  route(
    {
      method: 'get',
      path: '/healthz',
      operationId: 'readHealth',
      summary: 'Whether the process is alive',
      tag: 'Health',
      permission: 'public',
      returns: z.object({ status: z.literal('ok') }),
      problems: [],
    },
    async () => ({ status: 'ok' as const }),
  ),
  document(
    {
      method: 'get',
      path: '/readyz',
      operationId: 'readReadiness',
      summary: 'Whether the node may serve, and what keeps it from it',
      tag: 'Health',
      permission: 'public',
      contentTypes: ['application/json'],
      statuses: [200, 503],
      problems: [],
    },
    async (_, { ready }) => {
      const { ready: isReady, reasons } = ready()
      const body = JSON.stringify({ ready: isReady, reasons })
      return { status: isReady ? 200 : 503, contentType: 'application/json; charset=utf-8', body }
    },
  ),
  document(
    {
      method: 'get',
      path: '/metrics',
      operationId: 'readMetrics',
      summary: 'Metrics in the text format of Prometheus',
      tag: 'Health',
      permission: 'verify',
      contentTypes: ['text/plain'],
      problems: [],
    },
    async (_, { metrics }) => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await metrics() }),
  ),
] as const
