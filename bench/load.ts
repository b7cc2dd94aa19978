import autocannon from 'autocannon'
import type { Child } from './children.ts'
import type { Target } from './samples.ts'

/** Connections of the load, each with one request under way. */
export const connections = 64
const seconds = 4

/** What a server did under load. */
export interface Load {
  readonly requestsPerSecond: number
  /** Per second of the server's own processor time, which tells even where the client is the slower one. */
  readonly requestsPerCpuSecond: number
}

/** Makes one request again and again over kept connections; throws where any is not answered with 2xx. */
export async function loadOn(server: Child, target: Target): Promise<Load> {
  const before = await server.cpuMicroseconds()
  const { url, method, headers, body } = target
  const result = await autocannon({
    url,
    method,
    headers: { ...headers },
    connections,
    duration: seconds,
    ...(body === undefined ? {} : { body }),
  })
  const used = (await server.cpuMicroseconds()) - before
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers other than 2xx, ${result.errors} errors`)
  return {
    requestsPerSecond: result.requests.total / result.duration,
    requestsPerCpuSecond: result.requests.total / (used / 1e6),
  }
}
