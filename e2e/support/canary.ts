/** Something that must not be found, under a name that may be told. */
export interface Canary {
  readonly name: string
  readonly value: string
}

const percentOf = (bytes: Buffer): string => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** The parts of a text's base64 that are the same whatever stands around it, for each of the three ways in which it can be aligned. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return encoded.slice(offset === 0 ? 0 : offset + 1, encoded.length - ((offset + bytes.length) % 3 === 0 ? 0 : 1))
  })
}

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

/** Every form of a value that is searched for. A key's random part is searched for alone as well, since a cut key is still most of a secret. */
function formsOf(value: string): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value)
  const forms = new Map([
    ['raw', value],
    ['hexadecimal', bytes.toString('hex')],
    ['URL-encoded', encodeURIComponent(value)],
    ['percent-encoded throughout', percentOf(bytes)],
    ['reversed', [...value].reverse().join('')],
  ])
  const random = /_([0-9A-Za-z]{32})[0-9A-Za-z]{6}$/.exec(value)?.[1]
  if (random !== undefined) forms.set('its random part', random)
  for (const [index, encoded] of base64Of(bytes).entries()) {
    forms.set(`base64, alignment ${index}`, encoded)
    forms.set(`base64url, alignment ${index}`, urlSafe(encoded))
  }
  // A digest is written as hexadecimal or base64url; the same bytes could come out in the other form, or as they are.
  const digest = /^[0-9a-f]{64}$/.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64url')
  if (digest.length === 32) {
    forms.set('its bytes', digest.toString('latin1'))
    forms.set('its bytes in hexadecimal', digest.toString('hex'))
    forms.set('its bytes in base64', digest.toString('base64').slice(0, 42))
    forms.set('its bytes in base64url', digest.toString('base64url').slice(0, 42))
  }
  return forms
}

/** Where which canary was found, one line each, without its value. */
export function find(canaries: readonly Canary[], places: ReadonlyMap<string, Buffer | string>): readonly string[] {
  const texts = [...places].map(([place, content]): [string, string] => [
    place,
    Buffer.from(content).toString('latin1'),
  ])
  return canaries.flatMap(({ name, value }) =>
    [...formsOf(value)].flatMap(([form, text]) =>
      texts.filter(([, content]) => content.includes(text)).map(([place]) => `${name} (${form}) in ${place}`),
    ),
  )
}
