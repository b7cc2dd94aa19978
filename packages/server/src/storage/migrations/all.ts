import { foundation } from './0001-foundation.ts'
import type { Migration } from './migration.ts'

/** Every migration in order: the first makes version 1. */
export const migrations: readonly Migration[] = [foundation]
