import type { Call, CommandSpec } from '../command.ts'
import { exitCodes, usageError } from '../exit.ts'
import { cell, progress, showRecord } from '../show.ts'
import { type Body, bodyOf, momentOf, reasonOption } from '../values.ts'
import { filterBodyOf, filterOptions } from './keys-filter.ts'

/** What a batch can choose besides a listing. */
function chosenOf(call: Call): Body {
  const [before, ids] = [call.option('created-before'), call.options('key')]
  return bodyOf({
    account: call.option('account'),
    createdBefore: before === undefined ? undefined : (momentOf('created-before', before) ?? undefined),
    ids: ids.length === 0 ? undefined : ids,
  })
}

/** `keywright keys batch`: many keys at once, 500 in each request, with a cursor to go on from where it was interrupted. */
export const batch: CommandSpec = {
  name: 'batch',
  meaning: 'pause, revoke or delete every key that a filter chooses',
  more: 'Begin with --dry-run, which counts and changes nothing. Without it --yes is required. What was interrupted goes on with --cursor.',
  server: true,
  arguments: [{ name: 'action', meaning: 'what is done', choices: ['pause', 'revoke', 'delete'] }],
  options: [
    { name: 'account', value: 'account', meaning: 'of this account; absent: of all accounts' },
    ...filterOptions,
    { name: 'created-before', value: 'time', meaning: 'made before then' },
    { name: 'key', value: 'key', many: true, meaning: 'this key' },
    { name: 'dry-run', meaning: 'count, and change nothing' },
    { name: 'yes', meaning: 'do it' },
    reasonOption,
    { name: 'cursor', value: 'cursor', meaning: 'go on from where an earlier call ended' },
  ],
  run: async (call) => {
    const dryRun = call.given('dry-run')
    if (!dryRun && !call.given('yes'))
      throw usageError('This changes many keys: look first with --dry-run, then repeat it with --yes.')
    const fixed = bodyOf({
      action: call.argument('action'),
      filter: { ...filterBodyOf(call), ...chosenOf(call) },
      dryRun,
      reason: call.option('reason'),
    })
    const client = await call.client()
    const skipped: unknown[] = []
    let changed = 0
    let matched = 0
    let cursor = call.option('cursor')
    do {
      const answer = await client
        .request('POST', ['keys', 'batch'], { body: { ...fixed, ...bodyOf({ cursor }) } })
        .catch((error: unknown) => {
          if (cursor !== undefined) call.terminal.tell(`\n${changed} done before this. Go on with --cursor ${cursor}\n`)
          throw error
        })
      // The first answer counts all that fit; later ones count what is left.
      matched = Math.max(matched, Number(answer['matched'] ?? 0))
      changed += Number(answer['changed'] ?? 0)
      skipped.push(...(Array.isArray(answer['skipped']) ? answer['skipped'] : []))
      cursor = typeof answer['nextCursor'] === 'string' ? answer['nextCursor'] : undefined
      progress(call, `${changed} of ${matched}`)
    } while (cursor !== undefined)
    progress(call, '')
    for (const each of call.json ? [] : skipped) call.terminal.tell(`skipped: ${cell(each)}\n`)
    // A dry run answers what would be changed; nobody should read it as done.
    const done = dryRun ? { wouldChange: changed } : { changed }
    showRecord(call, { matched, ...done, skipped: call.json ? skipped : skipped.length })
    return skipped.length === 0 ? exitCodes.done : exitCodes.refused
  },
}
