const placeholder = 'YOUR_API_KEY'

/** The name of the environment variable that holds a key of a product: `ACME_API_KEY`. */
export function variableName(product: string): string {
  const name = product
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  if (name === '') return 'API_KEY'
  return /^\d/.test(name) ? `_${name}_API_KEY` : `${name}_API_KEY`
}

/** A line of a `.env` file; a value with other than plain characters is quoted so that nothing in it is expanded. */
export function envLine(name: string, value: string): string {
  if (/^[A-Za-z0-9_./:@%+-]+$/.test(value)) return `${name}=${value}`
  if (!/['\n\r]/.test(value)) return `${name}='${value}'`
  const escaped = value
    .replaceAll(/[\\"$`]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
  return `${name}="${escaped}"`
}

/** A request that can be run with a key: the type's own example, else one made of the header and address that are configured. */
export function requestExample(
  key: string,
  {
    example,
    baseUrl,
    acceptedHeaders,
  }: {
    readonly example: string | null
    readonly baseUrl: string | null
    readonly acceptedHeaders: readonly ('authorization' | 'x-api-key')[]
  },
): string {
  // Joined, since a replacement text would read `$` as a command.
  if (example !== null) return example.split(placeholder).join(key)
  const header = acceptedHeaders.includes('authorization') ? `Authorization: Bearer ${key}` : `X-API-Key: ${key}`
  return `curl "${baseUrl ?? '$API_URL'}" \\\n  -H "${header}"`
}
