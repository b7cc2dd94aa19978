import type { Position } from '@keywright/core'
import { ForeignShape, text } from './wire.ts'

const pattern = /^([A-Za-z0-9_-]{1,64})\.(0|[1-9]\d{0,15})\.([A-Za-z0-9_-]{0,128})$/

/** A position as it travels: epoch, number and chain hash, with dots between. */
export const formatPosition = ({ epoch, number, hash }: Position): string => `${epoch}.${number}.${hash}`

/** Reads a position as it travels. */
export function readPosition(value: unknown): Position {
  const match = pattern.exec(text(value))
  if (match === null) throw new ForeignShape('a position was expected')
  return { epoch: match[1] as string, number: Number(match[2]), hash: match[3] as string }
}
