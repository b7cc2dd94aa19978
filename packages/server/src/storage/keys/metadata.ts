import { canonicalJson } from '@keywright/core'

/** How many bytes of JSON the metadata of a key may have. */
const metadataBytesMax = 8_192

/** How deep the metadata of a key may be nested; the object itself is the first level. */
const metadataDepthMax = 8

/** What is wrong with metadata, as a sentence; `undefined`: nothing. */
export function metadataFault(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return 'Write a JSON object, or null for none.'
  const fault = faultWithin(metadata, 1)
  if (fault !== undefined) return fault
  let json: string
  try {
    json = canonicalJson(metadata)
  } catch (error) {
    return `The metadata is not plain JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`
  }
  const bytes = new TextEncoder().encode(json).length
  if (bytes > metadataBytesMax)
    return `The metadata has ${bytes} bytes of JSON, and ${metadataBytesMax} are the most. Keep less of it.`
  return json.includes('\\u0000') ? 'The metadata contains the character U+0000. Remove it.' : undefined
}

function faultWithin(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > metadataDepthMax) return `The metadata is nested more than ${metadataDepthMax} deep. Flatten it.`
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') return 'The metadata has a member "__proto__". Give it another name.'
    const fault = faultWithin(member, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}
