/** An answer of a door, for floors to repeat. */
export interface Sample {
  /** Without those that Node writes itself. */
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
}

/** The fields that a proxy's request carries, of which a check is made. */
export const forwardAuthFields = [
  'x-keywright-credential',
  'authorization',
  'x-forwarded-for',
  'x-forwarded-method',
  'x-forwarded-uri',
  'user-agent',
] as const

const writtenByNode = ['date', 'connection', 'keep-alive', 'transfer-encoding']

/** Asks a door once and takes its answer as a sample; throws where it does not accept. */
export async function sampleOf({ url, method, headers, body }: Target): Promise<Sample> {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  if (response.status !== 200 || (text !== '' && !text.startsWith('{"valid":true')))
    throw new Error(`the door refuses the key of the bench: ${response.status} ${text}`)
  const fields = [...response.headers].filter(([name]) => !writtenByNode.includes(name))
  return { fields: Object.fromEntries(fields), body: text }
}

/** A request that is made again and again. */
export interface Target {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}
