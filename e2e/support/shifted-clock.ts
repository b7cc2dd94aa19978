// Loaded before a program: its wall clock is so many milliseconds ahead of the machine's.
const aheadMs = Number(process.env['TEST_CLOCK_AHEAD_MS'])
const now = Date.now.bind(Date)

globalThis.Date = new Proxy(Date, {
  construct: (date, given, as) => Reflect.construct(date, given.length === 0 ? [now() + aheadMs] : given, as) as object,
  apply: (date) => new date(now() + aheadMs).toString(),
  get: (date, name, as) => (name === 'now' ? () => now() + aheadMs : (Reflect.get(date, name, as) as unknown)),
})
