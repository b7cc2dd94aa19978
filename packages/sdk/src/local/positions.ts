import type { Position } from '@keywright/core'
import { checked, text } from '../wire.ts'

const pattern = /^[\w-]{1,64}\.(?:0|[1-9]\d{0,15})\.[\w-]{0,128}$/

/** A position as it travels: epoch, number and chain hash, with dots between. */
export const formatPosition = ({ epoch, number, hash }: Position): string => `${epoch}.${number}.${hash}`

/** Reads a position as it travels. */
export function readPosition(value: unknown): Position {
  const written = text(value)
  const [epoch, number, hash] = checked(written, pattern.test(written)).split('.') as [string, string, string]
  return { epoch, number: Number(number), hash }
}
