import type { MailWords } from './words.ts'

const inDays = (days: number): string => (days === 1 ? 'dans la journée' : `dans ${days} jours`)

/** Mails in French. */
export const fr: MailWords = {
  quote: (name) => `«\u00a0${name}\u00a0»`,
  someKey: 'sans nom',
  notice: {
    'key.created': ({ key }) => `La clé ${key} a été créée.`,
    'key.rotated': ({ key }) => `La clé ${key} a été renouvelée\u00a0: une nouvelle clé la remplace.`,
    'key.revoked': ({ key }) => `La clé ${key} a été révoquée.`,
    'key.expiring': ({ key, days }) => `La clé ${key} expire ${inDays(days)}.`,
    'key.rotation_due': ({ key, days }) => `La clé ${key} a plus de ${days} jours\u00a0: elle est à renouveler.`,
    'key.unused': ({ key, days }) =>
      `La clé ${key} n’a pas servi depuis ${days} jours. Révoquez-la si personne n’en a besoin.`,
    'webhook.disabled': () =>
      'Un webhook a été désactivé\u00a0: son destinataire était injoignable ou a indiqué qu’il n’existe plus.',
  },
  several: (count) => `${count} messages au sujet de vos clés`,
  whyYou: (account) => `Vous recevez ce message parce que vous gérez des clés de ${account}.`,
  all: 'Toutes les notifications',
  invitation: {
    subject: (product) => `Votre invitation à ${product}`,
    intro: ({ product, account, invitedBy }) =>
      `${invitedBy ?? 'Un opérateur'} vous invite à ${account === null ? `administrer ${product}` : `rejoindre ${account} sur ${product}`}.`,
    role: (role) => `Votre rôle\u00a0: ${role}.`,
    action: 'Accepter l’invitation',
    until: (moment) => `Le lien fonctionne une seule fois, jusqu’au ${moment}.`,
    unexpected: 'Si vous n’attendiez pas cette invitation, ignorez ce message\u00a0: rien ne se passera sans vous.',
  },
  passwordReset: {
    subject: (product) => `Un nouveau mot de passe pour ${product}`,
    intro: (product) => `Quelqu’un a demandé à définir un nouveau mot de passe pour votre accès à ${product}.`,
    action: 'Définir un nouveau mot de passe',
    until: (moment) => `Le lien fonctionne une seule fois, jusqu’au ${moment}.`,
    unexpected: 'Si ce n’était pas vous, ignorez ce message\u00a0: votre mot de passe reste le même.',
  },
}
