import { messageOf, type Refused, refused } from './refused.ts'

/** A vehicle that a dealer offers, known by its identification number. */
export interface Vehicle {
  readonly vin: string
  readonly title: string
  readonly price: number
}

const vehicleFields = ['vin', 'title', 'price'] as const
type VehicleField = (typeof vehicleFields)[number]

const vehiclesMax = 1_000
const titleMax = 200

/** A vehicle's fields as they came, or why they are none. */
function readVehicle(fields: Readonly<Partial<Record<VehicleField, unknown>>>, where: string): Vehicle | Refused {
  const { vin, title, price } = fields
  if (typeof vin !== 'string' || !/^[A-HJ-NPR-Z0-9]{17}$/.test(vin))
    return refused(`${where}.vin is not a vehicle identification number; it has 17 capital letters and digits`)
  if (typeof title !== 'string' || title.trim() === '' || title.length > titleMax)
    return refused(`${where}.title is missing or too long; it has 1 to ${titleMax} characters`)
  if (typeof price !== 'number' || !Number.isFinite(price) || price < 0)
    return refused(`${where}.price is not a number of at least 0`)
  return { vin, title, price }
}

function readVehicles(entries: readonly Readonly<Record<string, unknown>>[]): readonly Vehicle[] | Refused {
  if (entries.length === 0 || entries.length > vehiclesMax)
    return refused(`send 1 to ${vehiclesMax} vehicles; there were ${entries.length}`)
  const vehicles: Vehicle[] = []
  for (const [index, entry] of entries.entries()) {
    const vehicle = readVehicle(entry, `vehicles[${index}]`)
    if ('refused' in vehicle) return vehicle
    vehicles.push(vehicle)
  }
  return vehicles
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads `{"vehicles": [{"vin", "title", "price"}]}`. */
export function readInventoryJson(text: string): readonly Vehicle[] | Refused {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    return refused(`the body is not JSON: ${messageOf(error)}`)
  }
  const entries = isRecord(document) ? document['vehicles'] : undefined
  if (!Array.isArray(entries) || !entries.every(isRecord))
    return refused('vehicles is missing; send {"vehicles": [{"vin": "…", "title": "…", "price": 18900}]}')
  return readVehicles(entries)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const reference = /&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));/g

/** Replaces references; what is no character, or a reference of its own kind, stays and is refused with its `&`. */
const plain = (text: string): string =>
  text.replaceAll(reference, (whole, name?: string, decimal?: string, hexadecimal?: string) => {
    if (name !== undefined) return named[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole
  })

const whole = /^\s*(?:<\?xml[^<>]*\?>\s*)?<inventory>(?<vehicles>.*)<\/inventory>\s*$/s
const oneVehicle = /\s*<vehicle>(?<fields>.*?)<\/vehicle>\s*/suy
const oneField = /\s*<(?<name>[a-z]+)>(?<value>[^<>]*)<\/\k<name>>\s*/suy

/** All matches of a sticky expression from the first character to the last; `undefined` where something is between them. */
function allOf(expression: RegExp, text: string): readonly Readonly<Record<string, string>>[] | undefined {
  const found: Readonly<Record<string, string>>[] = []
  expression.lastIndex = 0
  while (expression.lastIndex < text.length) {
    const groups = expression.exec(text)?.groups
    if (groups === undefined) return undefined
    found.push(groups)
  }
  return found
}

function readFields(text: string): Readonly<Record<string, unknown>> | undefined {
  const fields = new Map<string, unknown>()
  for (const { name = '', value = '' } of allOf(oneField, text) ?? [{}]) {
    if (!vehicleFields.some((known) => known === name) || fields.has(name)) return undefined
    fields.set(name, name === 'price' && value.trim() !== '' ? Number(value) : plain(value).trim())
  }
  return Object.fromEntries(fields)
}

/** Reads `<inventory><vehicle><vin/><title/><price/></vehicle>…</inventory>`: elements alone, so that nothing can be declared or included. */
export function readInventoryXml(text: string): readonly Vehicle[] | Refused {
  const vehicles = whole.exec(text)?.groups?.['vehicles']
  const read = vehicles === undefined ? undefined : allOf(oneVehicle, vehicles)
  const entries = read?.map(({ fields = '' }) => readFields(fields))
  if (entries === undefined || !entries.every((entry) => entry !== undefined))
    return refused(
      'the body is not an inventory; send <inventory><vehicle><vin>…</vin><title>…</title><price>18900</price></vehicle></inventory> without attributes or declarations',
    )
  return readVehicles(entries)
}
