import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TraceSettings } from '../../packages/server/src/trace-settings.ts'
import { afterwards } from './cleanup.ts'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number; readonly boolValue?: boolean }
}

/** A span as tests look at it. */
export interface TracedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, unknown>>
}

/** A collector of traces that keeps what it gets. */
export interface Collector {
  readonly url: string
  /** What a server in this process is told to send its traces here. */
  readonly settings: TraceSettings
  readonly spans: () => readonly TracedSpan[]
  /** Everything that was sent to it, as it came. */
  readonly text: () => string
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<TracedSpan, 'attributes' | 'resource'> & {
        readonly attributes: readonly Attribute[]
      })[]
    }[]
  }[]
}

const plain = (attributes: readonly Attribute[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const spansOf = ({ resourceSpans }: Sent): readonly TracedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) })),
    ),
  )

/** Starts a collector on a free port. `answers: false`: it takes everything and never says a word. */
export async function startCollector({ answers = true }: { readonly answers?: boolean } = {}): Promise<Collector> {
  const bodies: string[] = []
  const heads: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    heads.push(`${request.method} ${request.url}\n${request.rawHeaders.join('\n')}`)
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      bodies.push(Buffer.concat(parts).toString('utf8'))
      if (answers) response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    settings: { url: `${url}/v1/traces`, serviceName: null, share: 1 },
    spans: () => bodies.flatMap((body) => spansOf(JSON.parse(body) as Sent)),
    text: () => [...heads, ...bodies].join('\n'),
  }
}
