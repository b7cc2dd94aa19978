import { Agent, type AgentOptions } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { LineLog } from '../log.ts'

type Told = Parameters<SpanExporter['export']>[1]

const succeeded = 0

/** Sends spans by OTLP over HTTP, and says once when that fails and once when it works again. */
export class Exporting implements SpanExporter {
  readonly #inner: OTLPTraceExporter
  readonly #agents: Agent[] = []
  readonly #log: LineLog
  #failing = false
  #cut = false

  constructor(url: string, log: LineLog) {
    this.#log = log
    const options: AgentOptions = { keepAlive: true }
    const httpAgentOptions = (protocol: string): Agent => {
      const agent = protocol === 'https:' ? new TlsAgent(options) : new Agent(options)
      const connect = agent.createConnection.bind(agent)
      agent.createConnection = (...given: Parameters<typeof connect>) => {
        if (this.#cut) throw new Error('this process ends')
        return connect(...given)
      }
      this.#agents.push(agent)
      return agent
    }
    this.#inner = new OTLPTraceExporter({ url, httpAgentOptions })
  }

  export(spans: ReadableSpan[], told: Told): void {
    this.#inner.export(spans, (result) => {
      this.#note(result.code === succeeded, result.error)
      told(result)
    })
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown()
  }

  /** Lets go of a collector that does not answer, so that the process can end. */
  cut(): void {
    this.#cut = true
    for (const agent of this.#agents) agent.destroy()
  }

  #note(works: boolean, error: Error | undefined): void {
    if (works === !this.#failing) return
    this.#failing = !works
    if (works) this.#log.info({}, 'Traces are sent again.')
    // What the collector answered is not repeated: it may show what was sent to it.
    else this.#log.error({ fault: faultOf(error) }, 'Traces cannot be sent; requests are answered as ever.')
  }
}

const faultOf = (error: Error | undefined): string =>
  error !== undefined && 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
    ? String(error.code)
    : (error?.name ?? 'unknown')
