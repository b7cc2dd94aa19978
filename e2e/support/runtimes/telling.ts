/** Tells the test, as one line of JSON, that a step was reached, and what was seen there. */
export const tell = (step: string, facts: object = {}): void =>
  console.log(JSON.stringify({ step, atMs: Date.now(), ...facts }))

/** A variable of the environment that the test has set. */
export function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** Looks again and again until it is so. */
export async function untilSo(look: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 5))
}
