/** What is noted of a piece of work: never a text that came from outside. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>

/** Times pieces of work for whoever follows traces. Absent where nobody does. */
export interface Spans {
  /** Does work as a part of the traced request that it belongs to, if it belongs to one. */
  within<Result>(name: string, work: () => Promise<Result>): Promise<Result>
  /** Does work that no request waits for. */
  alone<Result>(name: string, work: (note: (facts: SpanFacts) => void) => Promise<Result>): Promise<Result>
}
