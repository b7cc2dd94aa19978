import {
  type KeyAction,
  type KeyState,
  keyActions,
  type LifecycleAction,
  type NounConfig,
  type PlanConfig,
  type RoleConfig,
  type Text,
} from './types.ts'

/** The words that are used where the configuration has none. */
export const standardWords: {
  readonly account: NounConfig
  readonly key: NounConfig
  readonly environment: NounConfig
  readonly type: NounConfig
  readonly member: NounConfig
  readonly menu: readonly Text[]
  readonly create: Text
  readonly done: Text
  readonly name: Text
  readonly description: Text
} = {
  account: { one: { en: 'account', fr: 'compte' }, many: { en: 'accounts', fr: 'comptes' } },
  key: { one: { en: 'API key', fr: 'clé API' }, many: { en: 'API keys', fr: 'clés API' } },
  environment: { one: { en: 'environment', fr: 'environnement' }, many: { en: 'environments', fr: 'environnements' } },
  type: { one: { en: 'type', fr: 'type' }, many: { en: 'types', fr: 'types' } },
  member: { one: { en: 'member', fr: 'membre' }, many: { en: 'members', fr: 'membres' } },
  menu: [{ en: 'API Keys', fr: 'Clés API' }],
  create: { en: 'Create API key', fr: 'Créer une clé API' },
  done: { en: 'Done', fr: 'Terminé' },
  name: { en: 'Name', fr: 'Nom' },
  description: { en: 'Description', fr: 'Description' },
}

/** What each action is called and what is said before it, where the configuration says nothing. */
export const standardActions: Readonly<Record<LifecycleAction, { readonly label: Text; readonly warning: Text }>> = {
  pause: {
    label: { en: 'Pause', fr: 'Suspendre' },
    warning: {
      en: 'The key stops being accepted until it is reactivated.',
      fr: "La clé n'est plus acceptée jusqu'à sa réactivation.",
    },
  },
  reactivate: {
    label: { en: 'Reactivate', fr: 'Réactiver' },
    warning: { en: 'The key is accepted again.', fr: 'La clé est de nouveau acceptée.' },
  },
  revoke: {
    label: { en: 'Revoke', fr: 'Révoquer' },
    warning: {
      en: 'The key stops being accepted at once. This is final: it cannot be reactivated.',
      fr: 'La clé cesse immédiatement d’être acceptée. C’est définitif : elle ne peut pas être réactivée.',
    },
  },
  rotate: {
    label: { en: 'Rotate', fr: 'Renouveler' },
    warning: {
      en: 'A new key takes the place of this one, which stops being accepted after the overlap that you choose.',
      fr: 'Une nouvelle clé remplace celle-ci, qui cesse d’être acceptée après le délai que vous choisissez.',
    },
  },
  delete: {
    label: { en: 'Delete', fr: 'Supprimer' },
    warning: {
      en: 'The key stops being accepted at once and is removed for good.',
      fr: 'La clé cesse immédiatement d’être acceptée et est supprimée définitivement.',
    },
  },
}

/** The actions that exist where the configuration names none. */
export const standardActionNames = ['revoke', 'rotate', 'delete'] as const satisfies readonly LifecycleAction[]

const allKeyActions: readonly KeyAction[] = keyActions

/** The roles that exist where the configuration names none; the first must always remain. */
export const standardRoles: readonly [RoleConfig, ...RoleConfig[]] = [
  { id: 'admin', label: { en: 'Admin', fr: 'Administrateur' }, may: allKeyActions, managesMembers: true },
  { id: 'member', label: { en: 'Member', fr: 'Membre' }, may: ['view'] },
]

/** The name of each state. */
export const standardStateLabels: Readonly<Record<KeyState, Text>> = {
  active: { en: 'Active', fr: 'Active' },
  paused: { en: 'Paused', fr: 'Suspendue' },
  revoked: { en: 'Revoked', fr: 'Révoquée' },
  expired: { en: 'Expired', fr: 'Expirée' },
}

/** Why an unrestricted key is advised against. */
export const standardUnrestrictedAdvice: Text = {
  en: 'An unrestricted key can do everything, also what is added later. Give a key only what it needs.',
  fr: 'Une clé sans restriction peut tout faire, y compris ce qui sera ajouté plus tard. Ne donnez à une clé que ce dont elle a besoin.',
}

/** What is said where the permissions of a key cannot be changed. */
export const standardNotEditable: Text = {
  en: 'The permissions of a key cannot be changed. Create a new key with the permissions you need, then retire this one.',
  fr: 'Les permissions d’une clé ne peuvent pas être modifiées. Créez une nouvelle clé avec les permissions voulues, puis retirez celle-ci.',
}

/** The plan of every account where none is configured. */
export const standardPlan: PlanConfig = { id: 'default', label: { en: 'Default', fr: 'Par défaut' } }
