import type { HelpWords } from './en.ts'

const plural = (count: number, one: string, many: string): string => (count < 2 ? one : many)

const unbroken = (text: string): string => text.replaceAll(/ (?=[:;!?»])|(?<=«) /g, '\u00a0')

/** The same words with the spaces of French punctuation, which do not break; in the source they are plain ones. */
function typeset<Words>(words: Words): Words {
  const set = (value: unknown): unknown => {
    if (typeof value === 'string') return unbroken(value)
    if (typeof value === 'function') return (...given: unknown[]) => unbroken(String(Reflect.apply(value, null, given)))
    if (Array.isArray(value)) return value.map(set)
    return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, set(inner)]))
  }
  return set(words) as Words
}

/** The help page in French. Nouns of the configuration have no known gender, so sentences avoid articles before them. */
export const fr: HelpWords = typeset<HelpWords>({
  quote: (text) => `« ${text} »`,
  frame: {
    skip: 'Aller au contenu',
    help: 'Aide',
    contents: 'Sur cette page',
    languages: 'Langue',
    lead: ({ product }) =>
      `À quoi elles servent chez ${product}, comment les créer et les utiliser, et que vérifier lorsqu’une clé est refusée.`,
  },
  never: 'jamais',
  yes: 'Oui',
  no: 'Non',
  none: 'Aucune',
  unlimited: 'Sans limite',

  about: {
    title: 'À quoi elles servent',
    purpose: ({ keys, product, account }) =>
      `Grâce aux ${keys}, d’autres logiciels accèdent à ${product} sans que personne ne se connecte. Traitez chacune comme un mot de passe : quiconque la détient peut faire pour votre ${account} tout ce qu’elle permet.`,
    need: ({ product }) =>
      `Il vous en faut une pour relier un autre système, automatiser une tâche ou développer avec l’API de ${product}. Il n’en faut aucune pour ce que vous faites vous-même dans nos pages.`,
    belongs: ({ account }) =>
      `Chaque clé est unique, dépend de votre ${account} et n’atteint rien de ce qui appartient à d’autres.`,
    find: 'Où les trouver',
    path: { top: (path) => `Dans la barre du haut : ${path}.`, side: (path) => `Dans le menu : ${path}.` },
    shows: ({ account }) => `La page présente les clés de votre ${account} et permet de les gérer.`,
    showsAll: ({ account, environment }, list) =>
      `La page présente les clés de votre ${account}, pour chaque ${environment} : ${list}.`,
    dashboard: 'Tableau de bord',
  },

  create: {
    title: 'Créer une clé',
    open: (path) => `Ouvrez ${path}.`,
    press: (label) => `Choisissez ${label}.`,
    required: (label) => `Remplissez le champ ${label}.`,
    optional: (label) => `Si vous le souhaitez, remplissez le champ ${label} ; il peut rester vide.`,
    examples: (list) => `Bons exemples : ${list}.`,
    vague: (list) => `Des noms comme ${list} en disent trop peu.`,
    type: ({ type }, list) => `Choisissez ${list} (${type}).`,
    environment: ({ environment }, list) => `Choisissez ${list} (${environment}).`,
    environmentMatters: () => 'La clé ne fonctionnera nulle part ailleurs : choisissez avec soin.',
    permissions: (list) => `Choisissez ce que la clé peut faire : ${list}.`,
    unrestricted: 'sans restriction',
    custom: 'des autorisations à votre choix',
    more: 'Autorisations détaille chaque choix',
    preselected: (label) => `Présélection : ${label}.`,
    expiry: (list) => `Choisissez son expiration : ${list}.`,
    expiryFree: 'Si vous le souhaitez, choisissez une date d’expiration.',
    expiryFreeDate: 'Choisissez une date d’expiration.',
    expiryMost: (days) => `Au plus ${days} à partir d’aujourd’hui.`,
    days: (days) => `après ${days}`,
    copy: (label) => `Choisissez de nouveau ${label}, puis copiez aussitôt la clé.`,
    done: (label) => `${label} ferme la fenêtre.`,
    onceTitle: 'Affichée une seule fois',
    once: 'La clé entière n’apparaît à l’écran qu’une seule fois, à sa création. Nous n’en conservons qu’une empreinte cryptographique, à partir de laquelle personne ne peut la retrouver : aucune page, aucune personne, aucune sauvegarde ne peut la montrer de nouveau. Gardez-la en lieu sûr, par exemple dans un gestionnaire de mots de passe ou de secrets.',
  },

  lost: {
    title: 'Vous avez perdu une clé',
    gone: 'Une clé perdue ne peut plus être affichée.',
    replace: 'Créez une nouvelle clé pour le même usage.',
    update: 'Mettez la nouvelle clé dans chaque programme qui utilisait l’ancienne.',
    retire: (action) => `Retirez ensuite la clé perdue avec ${action}.`,
  },

  list: {
    title: 'La liste',
    caption: 'Colonnes de la liste',
    column: 'Colonne',
    meaning: 'Ce qu’elle montre',
    columns: {
      name: ['Nom', 'Le nom donné à la clé lors de sa création'],
      id: ['Identifiant', 'Ce qui désigne la clé sans la révéler, par exemple auprès de notre assistance'],
      preview: ['Clé', ''],
      type: ['', 'De quelle sorte de clé il s’agit, et donc quelle API elle atteint'],
      environment: ['', 'Où la clé fonctionne'],
      permissions: ['Autorisations', 'Ce que la clé peut faire, en bref'],
      owner: ['Propriétaire', 'À qui est la clé, lorsqu’elle appartient à une personne'],
      created: ['Création', 'Quand la clé a été créée'],
      lastUsed: [
        'Dernière utilisation',
        'Quand elle a servi pour la dernière fois : aide à repérer les clés inutiles et les usages inattendus',
      ],
      expires: ['Expiration', 'Quand la clé cesse d’elle-même d’être acceptée'],
      state: ['État', ''],
    },
    restricted: 'Ce que la clé peut faire : avec ou sans restriction',
    last: (characters, shown) =>
      `La clé, masquée : son début et ${plural(characters, 'son dernier caractère', `ses ${shown} derniers caractères`)}`,
    first: (characters, shown) =>
      `La clé, masquée : son début, jusqu’${plural(characters, 'au premier caractère', `aux ${shown} premiers caractères`)} de sa partie secrète`,
    states: (list) => `Si la clé est ${list}`,
    every: 'La liste montre les clés de tous les états.',
    some: (list) => `La liste montre les clés dans cet état : ${list}. Les autres n’y figurent pas.`,
    menu: (list) => `Le menu au bout de chaque ligne propose ${list}.`,
    search: 'La recherche trouve une clé par son nom parmi des milliers.',
    searchNameless: 'La recherche trouve une clé parmi des milliers.',
  },

  types: {
    caption: ({ types }) => `Sortes de clés (${types})`,
    lookTitle: 'À quoi ressemble une clé',
    looks: (start) =>
      `Chaque clé commence par ${start}. C’est ainsi que vous la reconnaissez, de même que les outils qui cherchent les secrets divulgués.`,
    begins: 'Commence par',
    reaches: 'Atteint',
    purpose: 'Usage',
    apart: ({ type }) => `Seul ce choix (${type}) décide quelle API une clé atteint :`,
    refused: (label, list) => `Une clé de la sorte ${label} est refusée par ${list}.`,
  },

  environments: {
    caption: 'Où fonctionne chaque clé',
    apart: ({ environment }) =>
      `Une clé ne fonctionne que là où elle a été créée (${environment}). Elle est refusée partout ailleurs et ne peut pas être déplacée.`,
    pair: (one, other) =>
      `Une clé pour ${one} est refusée dans ${other}, et une clé pour ${other} est refusée dans ${one}.`,
    address: 'Adresse',
    purpose: 'Usage',
    each: ({ environment }, list) => `Créez une clé distincte pour chaque ${environment} : ${list}.`,
  },

  permissions: {
    title: 'Autorisations',
    choices: 'Ce que vous pouvez choisir',
    unrestricted: 'Sans restriction',
    unrestrictedMeaning: 'Toutes les ressources, y compris celles ajoutées plus tard.',
    customLabel: 'Personnalisé',
    customLevels:
      'Un niveau par ressource, ou des opérations isolées. Ce qui ne correspond à aucun niveau s’affiche « Personnalisé ».',
    customVerbs: 'Des opérations isolées de chaque ressource.',
    caption: 'Ressources et niveaux',
    presetsCaption: 'Ce que donne chaque choix',
    heldCaption: 'Ce que les clés peuvent faire',
    resource: 'Ressource',
    levels: 'Niveaux',
    all: 'Tout',
    noAccess: 'Aucun accès',
    noAccessMeaning: 'La clé n’atteint pas du tout la ressource.',
    higher: 'Chaque niveau contient les précédents.',
    single: 'Isolément',
    names: (example) =>
      `Une autorisation porte le nom de sa ressource et de l’opération, comme ${example}. Une réponse qui refuse une clé faute d’autorisation la nomme ainsi.`,
    instances: (resource, list) => `${resource} : une clé peut être limitée à une partie de ${list}.`,
    instancesAny: (resource) => `${resource} : une clé peut être limitée à ce que vous nommez.`,
    instancesRefused: 'Une telle clé est refusée pour tout le reste.',
    given: 'Personne ne choisit les autorisations : elles sont les mêmes pour toutes les clés.',
    givenTyped: ({ type }) => `Personne ne choisit les autorisations : elles découlent de la sorte de clé (${type}).`,
    editable: 'Les autorisations d’une clé peuvent être modifiées plus tard.',
    manages: ({ account }, resource) =>
      `Une clé qui a des autorisations sur ${resource} peut gérer par l’API d’autres clés de votre ${account}. Elle ne peut jamais leur donner plus qu’elle n’a, et elles prennent fin avec elle.`,
  },

  use: {
    title: 'Utiliser une clé',
    header: 'Envoyez la clé dans cet en-tête de chaque requête :',
    headers: 'Envoyez la clé dans l’un de ces en-têtes de chaque requête, et dans un seul :',
    exampleOf: (label) => `Exemple : ${label}`,
    example: 'Exemple',
    placeholder: 'Mettez votre clé à la place de `YOUR_API_KEY`.',
    refusedTitle: 'Ce qui n’est pas accepté',
    otherHeader: (header) => `Une clé dans l’en-tête \`${header}\`.`,
    address: 'Une clé dans l’adresse d’une requête : les adresses sont journalisées et transmises.',
    several: 'Plus d’une clé dans une requête.',
    store:
      'Gardez la clé dans une variable d’environnement ou un gestionnaire de secrets, non dans le code du programme.',
  },

  limits: {
    title: 'Limites',
    cap: ({ account }, count, shown) =>
      `Votre ${account} peut avoir jusqu’à ${shown} ${plural(count, 'clé active', 'clés actives')}.`,
    capNotes: 'Une clé renouvelée ne compte qu’une fois, même pendant le chevauchement.',
    capPaused: 'Les clés qui ne sont pas actives ne comptent pas.',
    uncapped: ({ account }) => `Le nombre de clés de votre ${account} n’est pas limité.`,
    eternal: 'Les clés n’expirent pas d’elles-mêmes.',
    expires: (list) => `Une clé expire comme choisi à sa création : ${list}.`,
    expiresFree: 'Une clé n’expire que si une date a été choisie à sa création.',
    expiresMost: (days) => `Une clé vit au plus ${days}.`,
    perKey: 'Les limites de débit valent pour chaque clé séparément.',
    perKeyRotated: 'Renouveler une clé ne lui donne pas une seconde allocation.',
    perAccount: ({ account }) => `Les limites communes à votre ${account} sont partagées par toutes les clés.`,
    raised: 'D’autres limites peuvent être convenues pour une clé ou pour toutes, pour un temps ou durablement.',
    caption: 'Limites par offre',
    captionOne: 'Limites',
    plan: 'Offre',
    active: 'Clés actives',
    each: 'Requêtes par clé',
    shared: 'Requêtes de toutes les clés',
    quota: 'Quota par clé',
    rate: (count, window) => `${count} en ${window}`,
    rateOfUnit: (count, unit) => `${count} par ${unit}`,
    burst: (count) => `au plus ${count} à la fois`,
    perDay: (count) => `${count} par jour`,
    perMonth: (count) => `${count} par mois`,
    inAll: (count) => `${count} en tout`,
    starting: (_, plan) => `${plan} est l’offre de départ.`,
  },

  manage: {
    title: 'Gérer une clé',
    statesTitle: 'Les états d’une clé',
    statesCaption: 'Chaque état d’une clé',
    status: 'État',
    meaning: 'Signification',
    states: {
      active: 'La clé est acceptée.',
      paused: 'La clé est refusée pour le moment.',
      revoked: 'La clé est refusée définitivement.',
      expired: 'Le temps de la clé est écoulé. Elle est refusée définitivement.',
    },
    pausedBack: (action) => `${action} la remet en service.`,
    effects: {
      pause: (reactivate) =>
        `Ce n’est pas définitif : ${reactivate} remet la clé en service, avec tout ce qui lui était permis.`,
      reactivate: (pause) => `Cela annule ${pause}.`,
      revoke:
        'L’effet est immédiat, et les programmes qui utilisent la clé ne peuvent plus se connecter. C’est définitif : la clé ne peut pas être réactivée.',
      rotate: 'La nouvelle clé a les mêmes autorisations que l’ancienne.',
      delete: 'L’effet est immédiat et définitif : la clé quitte la liste et ne peut pas être récupérée.',
    },
    record: 'Elle reste dans la liste comme trace des clés qui ont existé.',
    leaves: 'Elle ne figure plus dans la liste.',
    keepRecord: (revoke, remove) =>
      `Pour une clé qui ne sert plus, préférez ${revoke} à ${remove} : la trace en reste.`,
    find: 'Trouvez la clé dans la liste et ouvrez le menu au bout de sa ligne.',
    choose: (action) => `Choisissez ${action}.`,
    confirm: {
      none: 'Cela se fait sans autre question.',
      dialog: (action) => `Confirmez dans la fenêtre qui s’ouvre, en choisissant ${action}.`,
      'type-name': (action) =>
        `Confirmez dans la fenêtre qui s’ouvre : saisissez le nom de la clé, puis choisissez ${action}.`,
    },
    replace: 'Mettez une nouvelle clé dans les programmes qui ont encore besoin d’un accès.',
    whenNeeded: 'Faites-le lorsqu’une clé a pu être divulguée ou ne sert plus.',
  },

  rotation: {
    title: 'Renouveler les clés',
    due: (days) => `Une clé de plus de ${days} est signalée comme à renouveler.`,
    byHand: 'Créez une nouvelle clé, mettez-la dans vos programmes, puis retirez l’ancienne.',
    how: (action) =>
      `${action} crée une nouvelle clé et laisse fonctionner l’ancienne pendant le chevauchement de votre choix, afin qu’aucun programme ne soit coupé pendant l’échange.`,
    overlaps: (list) => `Chevauchements : ${list}.`,
    noOverlap: 'aucun (l’ancienne clé s’arrête aussitôt)',
    preselected: (overlap) => `Présélection : ${overlap}.`,
    newest:
      'Seule la clé la plus récente d’une lignée se renouvelle. La nouvelle garde l’expiration de l’ancienne, si elle en avait une.',
  },

  usage: {
    title: 'Utilisation et activité',
    usage: 'La page de chaque clé montre combien de fois elle a servi, acceptée ou refusée.',
    activity: (count, days) =>
      `Elle montre aussi son activité récente : jusqu’à ${count} vérifications, conservées ${days}, avec l’heure, le résultat et le réseau.`,
    networks: 'Les adresses réseau sont conservées abrégées.',
    addresses: 'Les adresses réseau sont conservées en entier.',
    changes: ({ account }) => `Chaque modification des clés de votre ${account} figure dans le journal.`,
  },

  roles: {
    title: 'Qui peut faire quoi',
    caption: 'Ce que chaque rôle peut faire avec les clés',
    role: 'Rôle',
    view: 'Voir',
    create: 'Créer',
    edit: 'Modifier',
    members: ({ members }) => `Gérer les ${members}`,
    lasting: ({ account }, role) =>
      `Votre ${account} doit toujours garder une personne active avec le rôle ${role} : la dernière ne peut ni changer de rôle, ni être retirée, ni partir.`,
    blind: (list) => `Qui a le rôle ${list} ne voit pas du tout les clés.`,
    team: 'Équipe et rôles',
  },

  practices: {
    title: 'Bonnes pratiques',
    secret:
      'Ne transmettez jamais une clé par courriel ; tenez-la hors des dépôts de code et de tout ce qui s’exécute dans un navigateur ou sur les appareils d’autrui.',
    single: 'Créez une clé pour chaque programme qui en a besoin, et aucune dont personne n’a besoin.',
    review: 'Passez vos clés en revue de temps à autre, et retirez celles qui ne servent plus.',
    names: 'Donnez à chaque clé un nom qui dit à quoi elle sert.',
    apart: ({ environments }) => `Ne partagez pas de clés entre ${environments}.`,
  },

  trouble: {
    title: 'Lorsqu’une clé est refusée',
    lead: 'Chaque refus porte un statut, un code et un titre.',
    answered: (status, codes) => `Réponse : statut ${status}, code ${codes}.`,
    errors: 'Toutes les erreurs',
    titles: {
      credential_missing: 'Une clé est requise',
      credential_ambiguous: 'Une seule clé par requête',
      invalid_token: 'Clé API non valide',
      insufficient_scope: 'La clé n’a pas l’autorisation',
      wrong_type: 'Cette sorte de clé n’atteint pas cette API',
      network_not_allowed: 'La clé ne peut pas être utilisée depuis ce réseau',
      rate_limited: 'Limite de débit dépassée',
      quota_exceeded: 'Quota dépassé',
      unavailable: 'La vérification est impossible pour le moment',
      active_keys_cap: 'Nombre maximal de clés actives atteint',
    },
    checks: {
      missing: 'Envoyez une clé avec chaque requête.',
      header: (headers) => `Comparez l’en-tête avec ${headers}.`,
      several:
        'Envoyez une seule clé, dans un seul en-tête, et aucune dans l’adresse. Retirez une clé qui a figuré dans une adresse : elle a pu être divulguée.',
      copied: 'Vérifiez que la clé a été copiée en entier, sans espace avant ni après.',
      state: (list) => `Vérifiez dans la liste qu’elle n’est pas ${list}.`,
      deleted: 'Vérifiez qu’elle n’a pas été supprimée.',
      environment: ({ environment }) => `Vérifiez que c’est la clé qu’il faut ici (${environment}).`,
      permission: 'Lisez dans la réponse quelle autorisation manque, et utilisez une clé qui l’a.',
      type: ({ type }) => `Utilisez une clé de la sorte qui atteint cette API (${type}).`,
      network: 'Appelez depuis un réseau que la clé autorise, ou modifiez sa liste de réseaux.',
      wait: 'Attendez le temps indiqué par l’en-tête `Retry-After`, et espacez vos requêtes.',
      quota: 'Attendez la période suivante, ou demandez un quota plus élevé.',
      quotaInAll: 'Le quota est épuisé définitivement : demandez-en un plus élevé.',
      again: 'La clé n’est pas en cause. Réessayez après le temps indiqué par `Retry-After`.',
      cap: 'Retirez une clé qui ne sert plus, puis créez la nouvelle.',
    },
  },

  links: {
    title: 'Pour aller plus loin',
    support: 'Contacter l’assistance',
    reference: 'Référence de l’API',
    errors: 'Erreurs',
    dashboard: 'Tableau de bord',
    team: 'Équipe et rôles',
  },
})
