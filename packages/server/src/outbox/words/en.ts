import type { MailWords } from './words.ts'

const inDays = (days: number): string => (days === 1 ? 'within a day' : `in ${days} days`)

/** Mails in English. */
export const en: MailWords = {
  quote: (name) => `“${name}”`,
  someKey: 'without a name',
  notice: {
    'key.created': ({ key }) => `The key ${key} was created.`,
    'key.rotated': ({ key }) => `The key ${key} was rotated: a new one took its place.`,
    'key.revoked': ({ key }) => `The key ${key} was revoked.`,
    'key.expiring': ({ key, days }) => `The key ${key} expires ${inDays(days)}.`,
    'key.rotation_due': ({ key, days }) => `The key ${key} is older than ${days} days: it is due for rotation.`,
    'key.unused': ({ key, days }) => `The key ${key} has not been used for ${days} days. Revoke it if nobody needs it.`,
    'webhook.disabled': () => 'A webhook was switched off: its receiver could not be reached or said that it is gone.',
  },
  several: (count) => `${count} messages about your keys`,
  whyYou: (account) => `You get this mail because you look after keys of ${account}.`,
  all: 'All notices',
  invitation: {
    subject: (product) => `Your invitation to ${product}`,
    intro: ({ product, account, invitedBy }) =>
      `${invitedBy ?? 'An operator'} invites you to ${account === null ? `operate ${product}` : `${account} at ${product}`}.`,
    role: (role) => `Your role: ${role}.`,
    action: 'Accept the invitation',
    until: (moment) => `The link works once, until ${moment}.`,
    unexpected: 'If you did not expect this, ignore this mail: nothing happens without you.',
  },
  passwordReset: {
    subject: (product) => `A new password for ${product}`,
    intro: (product) => `Someone asked to set a new password for your access to ${product}.`,
    action: 'Set a new password',
    until: (moment) => `The link works once, until ${moment}.`,
    unexpected: 'If it was not you, ignore this mail: your password stays as it is.',
  },
}
