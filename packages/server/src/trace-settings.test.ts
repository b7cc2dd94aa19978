import { expect, test } from 'vitest'
import { readTraceSettings } from './trace-settings.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/' }
const url = 'http://127.0.0.1:4318/v1/traces'

test('nothing is traced until a collector is named, and not where OpenTelemetry is turned off by its own variables', () => {
  for (const environment of [
    {},
    { OTEL_SERVICE_NAME: 'keys', OTEL_TRACES_EXPORTER: 'otlp' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ])
    expect(readTraceSettings(environment)).toEqual({ ok: true, traces: null })
})

test('the standard variables say where traces go, what the service is called and how many are taken', () => {
  const read = (more: object) => readTraceSettings({ ...endpoint, ...more })
  const traces = { url, serviceName: null, share: 1 }
  expect(read({})).toEqual({ ok: true, traces })
  const whole = 'https://otel.example.com/t'
  expect(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole })).toEqual({ ok: true, traces: { ...traces, url: whole } })
  expect(read({ OTEL_SERVICE_NAME: 'keys' })).toEqual({ ok: true, traces: { ...traces, serviceName: 'keys' } })
  const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }
  expect(read(ratio)).toEqual({ ok: true, traces: { ...traces, share: 0.25 } })
  expect(read({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' })).toEqual({ ok: true, traces: { ...traces, share: 0 } })
})

test('what cannot be followed is refused with the variable and the fix, all at once and without its value', () => {
  const read = readTraceSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317/secret',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '2',
  })
  expect(read).toEqual({
    ok: false,
    problems: [
      'OTEL_TRACES_EXPORTER: write otlp or none; nothing else is sent.',
      'OTEL_EXPORTER_OTLP_PROTOCOL: write http/json and the port of OTLP over HTTP (mostly 4318), or remove it; nothing else is spoken.',
      'OTEL_EXPORTER_OTLP_ENDPOINT: write an address such as http://127.0.0.1:4318.',
      'OTEL_TRACES_SAMPLER_ARG: write a number from 0 to 1.',
    ],
  })
  expect(readTraceSettings({ ...endpoint, OTEL_TRACES_SAMPLER: 'xray' })).toMatchObject({ ok: false })
})
