/** Where traces go and how many are taken. */
export interface TraceSettings {
  /** Where spans are sent by OTLP over HTTP. */
  readonly url: string
  /** What the service is called; `null`: as the attributes of the resource say, else `keywright`. */
  readonly serviceName: string | null
  /** The share of requests that are traced where no caller has decided, 0 to 1. */
  readonly share: number
}

/** The settings of traces, `null` where none are wanted, or one sentence for each thing that is wrong. */
export type TraceSettingsResult =
  | { readonly ok: true; readonly traces: TraceSettings | null }
  | { readonly ok: false; readonly problems: readonly string[] }

/** One variable of OpenTelemetry that is followed. */
interface TraceVariable {
  readonly name: string
  readonly values: string
  readonly standard: string
  readonly meaning: string
}

/** What the service is called where nothing says otherwise. */
export const standardServiceName = 'keywright'
const samplers = ['parentbased_always_on', 'parentbased_traceidratio', 'parentbased_always_off']

/** The variables of OpenTelemetry that a server follows, for docs/settings.md. They are the standard's own, so they do not begin with `KEYWRIGHT_`. */
export const traceVariables: readonly TraceVariable[] = [
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    values: 'http or https address',
    standard: 'none: nothing is traced',
    meaning: 'The collector of traces; `/v1/traces` is put behind it. Spans are sent by OTLP over HTTP, as JSON.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    values: 'http or https address',
    standard: 'none',
    meaning: 'The same as the whole address. It wins over the other one.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    values: 'name=value with commas between',
    standard: 'none',
    meaning: 'What is sent to the collector besides, such as its credential.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    values: 'http/json',
    standard: 'http/json',
    meaning: 'Anything else is refused at the start.',
  },
  {
    name: 'OTEL_SERVICE_NAME',
    values: 'text',
    standard: standardServiceName,
    meaning: 'What the traces call this service. `OTEL_RESOURCE_ATTRIBUTES` adds more about it.',
  },
  {
    name: 'OTEL_TRACES_SAMPLER',
    values: samplers.join(', '),
    standard: 'parentbased_always_on',
    meaning: 'How many requests are traced where the caller has not decided that by its `traceparent`.',
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    values: '0 to 1',
    standard: '1',
    meaning: 'The share of them, with `parentbased_traceidratio`.',
  },
  {
    name: 'OTEL_TRACES_EXPORTER',
    values: 'otlp, none',
    standard: 'otlp',
    meaning: '`none` turns traces off again.',
  },
  { name: 'OTEL_SDK_DISABLED', values: 'true, false', standard: 'false', meaning: '`true` turns traces off again.' },
]

/** Reads the variables of OpenTelemetry. An empty one counts as absent, as its specification says. */
export function readTraceSettings(environment: Readonly<Record<string, string | undefined>>): TraceSettingsResult {
  const problems: string[] = []
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined
  const whole = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const base = given('OTEL_EXPORTER_OTLP_ENDPOINT')
  const exporter = given('OTEL_TRACES_EXPORTER') ?? 'otlp'
  const isOff = given('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporter === 'none'
  if (isOff || (whole === undefined && base === undefined)) return { ok: true, traces: null }
  const refuse = (name: string, fix: string) => void problems.push(`${name}: ${fix}.`)
  if (exporter !== 'otlp') refuse('OTEL_TRACES_EXPORTER', 'write otlp or none; nothing else is sent')
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'])
    if (![undefined, 'http/json'].includes(given(name)))
      refuse(name, 'write http/json and the port of OTLP over HTTP (mostly 4318), or remove it; nothing else is spoken')
  const from = whole === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
  const url = whole ?? `${base?.replace(/\/+$/, '')}/v1/traces`
  // An address may carry a password, so that it is not repeated.
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    refuse(from, 'write an address such as http://127.0.0.1:4318')
  const share = shareOf(given('OTEL_TRACES_SAMPLER'), given('OTEL_TRACES_SAMPLER_ARG'), refuse)
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, traces: { url, share, serviceName: given('OTEL_SERVICE_NAME') ?? null } }
}

function shareOf(
  sampler = 'parentbased_always_on',
  argument: string | undefined,
  refuse: (name: string, fix: string) => void,
): number {
  if (!samplers.includes(sampler)) refuse('OTEL_TRACES_SAMPLER', `write one of ${samplers.join(', ')}`)
  if (sampler !== 'parentbased_traceidratio') return sampler === 'parentbased_always_off' ? 0 : 1
  const share = Number(argument ?? '1')
  if (!(share >= 0 && share <= 1)) refuse('OTEL_TRACES_SAMPLER_ARG', 'write a number from 0 to 1')
  return share
}
