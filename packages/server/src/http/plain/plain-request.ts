/** A request that came whole, in one piece and without anything unusual. */
export interface PlainRequest {
  readonly method: 'GET' | 'POST'
  /** The path with its query. */
  readonly url: string
  /** Names and values of the header fields in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly bodyBytes: number
}

const headBytesMax = 8_192
const linesMax = 100
const [tab, lineFeed, carriageReturn, space, hash, colon] = [9, 10, 13, 32, 35, 58]
const version = ' HTTP/1.1'

/** Characters of a token (RFC 9110 section 5.6.2). */
const isToken = new Uint8Array(128)
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  isToken[character.charCodeAt(0)] = 1

/** Fields that change how a request is read or what becomes of its connection: a request that has one of them is not plain. */
const changing = new Set(['expect', 'proxy-connection', 'trailer', 'transfer-encoding', 'upgrade'])
const isTelling: boolean[] = []
for (const { length } of [...changing, 'connection', 'content-length', 'host']) isTelling[length] = true

/**
 * Reads what came over a connection as one whole request of HTTP/1.1 (RFC 9112), or answers `undefined`: where more or less than one came, and
 * where anything in it could be read in two ways. It takes a part of what `node:http` takes, and reads it as that does; all else is left to it.
 * `isTaken` says at which addresses somebody waits for it.
 */
export function readPlainRequest(
  bytes: Buffer,
  isTaken: (method: string, url: string) => boolean,
): PlainRequest | undefined {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, headBytesMax))
  const method = text.startsWith('POST /') ? 'POST' : text.startsWith('GET /') ? 'GET' : undefined
  const lineEnd = text.indexOf('\r\n')
  if (method === undefined || !text.endsWith(version, lineEnd)) return undefined
  const url = text.slice(method.length + 1, lineEnd - version.length)
  if (!isPlainUrl(url) || !isTaken(method, url)) return undefined
  const rawHeaders: string[] = []
  const bodyStart = readFields(text, lineEnd + 2, rawHeaders)
  if (bodyStart === undefined) return undefined
  const bodyBytes = bodyLength(rawHeaders, method)
  if (bodyBytes === undefined || bodyStart + bodyBytes !== bytes.length) return undefined
  const body = bodyBytes === 0 ? '' : bytes.toString('utf8', bodyStart)
  return { method, url, rawHeaders, body, bodyBytes }
}

function isPlainUrl(url: string): boolean {
  for (let index = 0; index < url.length; index++) {
    const code = url.charCodeAt(index)
    if (code <= space || code > 0x7e || code === hash) return false
  }
  return true
}

/** Reads the lines of fields from a place on; the place behind the empty line that ends them, or `undefined`. */
function readFields(text: string, start: number, into: string[]): number | undefined {
  let at = start
  for (let lines = 0; lines < linesMax; lines++) {
    if (text.charCodeAt(at) === carriageReturn) return text.charCodeAt(at + 1) === lineFeed ? at + 2 : undefined
    const nameEnd = endOfName(text, at)
    if (text.charCodeAt(nameEnd) !== colon || nameEnd === at) return undefined
    const valueStart = text.charCodeAt(nameEnd + 1) === space ? nameEnd + 2 : nameEnd + 1
    const valueEnd = endOfValue(text, valueStart)
    if (valueEnd === undefined) return undefined
    into.push(text.slice(at, nameEnd), text.slice(valueStart, valueEnd))
    at = valueEnd + 2
  }
  return undefined
}

function endOfName(text: string, start: number): number {
  let at = start
  // Past the end the code is not a number, and so no token.
  while (isToken[text.charCodeAt(at)] === 1) at++
  return at
}

/** Where a value ends, which has visible ASCII and spaces between its ends, before the end of its line. */
function endOfValue(text: string, start: number): number | undefined {
  let at = start
  let code = text.charCodeAt(at)
  if (code === space || code === tab) return undefined
  while (code >= space && code <= 0x7e) code = text.charCodeAt(++at)
  if (code !== carriageReturn || text.charCodeAt(at + 1) !== lineFeed) return undefined
  return at > start && text.charCodeAt(at - 1) === space ? undefined : at
}

/** The length of the body that the fields tell of; `undefined` where they tell of anything else, or not of one host. */
function bodyLength(rawHeaders: readonly string[], method: PlainRequest['method']): number | undefined {
  let length: number | undefined
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string
    if (isTelling[given.length] !== true) continue
    const name = given.toLowerCase()
    const value = rawHeaders[index + 1] as string
    if (name === 'host') hosts++
    else if (name === 'content-length') {
      if (length !== undefined || !/^\d{1,7}$/.test(value)) return undefined
      length = Number(value)
    } else if (name === 'connection') {
      if (value !== 'keep-alive' && value.toLowerCase() !== 'keep-alive') return undefined
    } else if (changing.has(name)) return undefined
  }
  if (hosts !== 1) return undefined
  if (method === 'GET') return length === undefined || length === 0 ? 0 : undefined
  return length
}
