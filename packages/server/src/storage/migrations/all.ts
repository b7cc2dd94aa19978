import { foundation } from './0001-foundation.ts'
import { signIn } from './0002-sign-in.ts'
import { team } from './0003-team.ts'
import { outbox } from './0004-outbox.ts'
import { partitions } from './0005-partitions.ts'
import { restoreMark } from './0006-restore-mark.ts'
import { standsAlone } from './0007-stands-alone.ts'
import type { Migration } from './migration.ts'

/** Every migration in order: the first makes version 1. */
export const migrations: readonly Migration[] = [foundation, signIn, team, outbox, partitions, restoreMark, standsAlone]
