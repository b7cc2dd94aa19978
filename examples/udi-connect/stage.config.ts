import { defineConfig } from 'keywright'
import { config as standard } from './keywright.config.ts'

const checks = standard.problems?.invalid_token

/** The newer words: the axis is called Stage. Keys, stored as before, are not touched by it. */
export const config = defineConfig({
  ...standard,
  words: { ...standard.words, environment: { one: 'stage', many: 'stages' } },
  expiry: { choicesDays: [null, 7, 30, 90], defaultDays: null },
  problems: {
    invalid_token: {
      title: checks?.title ?? 'Invalid API key',
      check: [
        'Check that the key was copied whole.',
        'Check that it is a key for the stage that you call: Preview and Production refuse the keys of one another.',
        'Check in Settings → API Keys that the key is active and has not expired. A revoked one can be reactivated there.',
      ],
    },
  },
  tips: [
    'Store each key where only the program that needs it can read it, and never share it in public.',
    'Create a key for each stage and each use.',
    'Revoke a key when you are in doubt: it can be reactivated. Delete it when you are sure.',
  ],
})
