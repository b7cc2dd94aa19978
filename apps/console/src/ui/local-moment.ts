const two = (value: number): string => String(value).padStart(2, '0')

/** A moment as an input of the type `datetime-local` writes it, in the browser's time zone and to the minute. */
export function toLocalText(epochMs: number): string {
  const date = new Date(epochMs)
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The moment that such an input means, in epoch milliseconds; `undefined`: it means none. */
export function fromLocalText(text: string): number | undefined {
  if (!/^\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return undefined
  const epochMs = new Date(text).getTime()
  return Number.isNaN(epochMs) ? undefined : epochMs
}
