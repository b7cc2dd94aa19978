import { defineConfig, type ResourceConfig, type Text } from 'keywright'

const resource = (id: string, label: Text, description: Text): ResourceConfig => ({
  id,
  label,
  description,
  verbs: ['view', 'edit'],
  levels: [
    { id: 'read', label: { en: 'Read', fr: 'Lecture' }, verbs: ['view'] },
    { id: 'write', label: { en: 'Read and write', fr: 'Lecture et écriture' }, verbs: ['view', 'edit'] },
  ],
})

/** One kind of key with fixed permissions in a header of its own; revoked keys stay as a record; in English and French. */
export const config = defineConfig({
  product: {
    name: 'Voxum',
    languages: ['en', 'fr'],
    links: { reference: 'https://voxum.example/docs/inventory-api', dashboard: 'https://voxum.example/dashboard' },
  },
  words: {
    menu: [{ en: 'API Keys', fr: 'Clés API' }],
    menuPlace: 'side',
    create: { en: 'Create API Key', fr: 'Créer une clé API' },
  },
  fields: {
    name: {
      presence: 'required',
      label: { en: 'Name', fr: 'Nom' },
      advice: {
        vague: [
          { en: 'key', fr: 'clé' },
          { en: 'test', fr: 'essai' },
          { en: 'API key', fr: 'clé API' },
          { en: 'my key', fr: 'ma clé' },
          { en: 'new key', fr: 'nouvelle clé' },
        ],
        text: {
          en: 'Name the key after its purpose, so that you know which one to revoke if something is wrong.',
          fr: 'Nommez la clé d’après son usage, pour savoir laquelle révoquer en cas de problème.',
        },
        examples: [
          { en: 'Inventory Integration', fr: 'Intégration du stock' },
          { en: 'CRM Sync', fr: 'Synchronisation CRM' },
          { en: 'Developer Testing', fr: 'Essais des développeurs' },
        ],
      },
    },
    description: { presence: 'absent' },
  },

  types: [
    {
      id: 'api',
      prefix: 'vx',
      label: { en: 'API key', fr: 'Clé API' },
      audiences: ['api'],
      fixedGrant: { inventory: 'write', leads: 'write', chatbot: 'read' },
      example: 'curl "$VOXUM_API/api/inventory" \\\n  -H "X-API-Key: YOUR_API_KEY"',
    },
  ],
  resources: [
    resource(
      'inventory',
      { en: 'Inventory', fr: 'Stock' },
      { en: 'The vehicles that you offer', fr: 'Les véhicules que vous proposez' },
    ),
    resource(
      'leads',
      { en: 'Leads', fr: 'Prospects' },
      { en: 'People who asked about one', fr: 'Les personnes qui se sont renseignées' },
    ),
    resource(
      'chatbot',
      { en: 'Chatbot', fr: 'Agent conversationnel' },
      { en: 'Conversations of your chatbot', fr: 'Les conversations de votre agent' },
    ),
  ],

  roles: [
    {
      id: 'admin',
      label: { en: 'Administrator', fr: 'Administrateur' },
      may: ['view', 'create', 'edit', 'revoke'],
      managesMembers: true,
    },
    { id: 'member', label: { en: 'Member', fr: 'Membre' }, may: ['view'] },
  ],
  lastingRole: 'admin',

  actions: {
    revoke: {
      label: { en: 'Revoke', fr: 'Révoquer' },
      confirm: 'dialog',
      warning: {
        en: 'The key stops working at once, and every system that uses it loses its connection.',
        fr: 'La clé cesse aussitôt de fonctionner, et chaque système qui l’utilise perd sa connexion.',
      },
    },
  },
  expiry: { choicesDays: [null], defaultDays: null },
  display: {
    mask: { kind: 'first', characters: 4 },
    columns: ['name', 'preview', 'created', 'lastUsed', 'state'],
    listedStates: ['active', 'revoked'],
  },

  acceptedHeaders: ['x-api-key'],
  problems: {
    invalid_token: {
      title: { en: 'Unauthorized', fr: 'Non autorisé' },
      check: [
        {
          en: 'Verify that the key is correct and complete, without extra spaces.',
          fr: 'Vérifiez que la clé est correcte et complète, sans espace en trop.',
        },
        { en: "Check that the key hasn't been revoked.", fr: 'Vérifiez que la clé n’a pas été révoquée.' },
        {
          en: 'Make sure that the name of the header is exactly X-API-Key.',
          fr: 'Assurez-vous que l’en-tête s’appelle exactement X-API-Key.',
        },
      ],
    },
  },

  tips: [
    {
      en: 'Keep keys secret: never in e-mails, code repositories or client-side code.',
      fr: 'Gardez les clés secrètes : jamais dans un courriel, un dépôt de code ou du code côté client.',
    },
    {
      en: 'Create a key only when it is needed: fewer keys, less risk.',
      fr: 'Ne créez une clé que si elle est nécessaire : moins de clés, moins de risques.',
    },
    {
      en: 'Where security matters most, create new keys from time to time and revoke the old ones.',
      fr: 'Là où la sécurité importe le plus, créez de temps à autre de nouvelles clés et révoquez les anciennes.',
    },
    {
      en: 'Look at when keys were last used, to find those that are unused and use that is unusual.',
      fr: 'Regardez la dernière utilisation des clés, pour repérer celles qui ne servent pas et les usages inhabituels.',
    },
    {
      en: 'Revoke a key that is no longer used: it stays listed as a record.',
      fr: 'Révoquez une clé qui ne sert plus : elle reste dans la liste comme trace.',
    },
  ],
  help: [
    {
      id: 'when',
      title: { en: 'When you need a key', fr: 'Quand il vous faut une clé' },
      items: [
        {
          en: 'Inventory integration: to keep your stock up to date by itself.',
          fr: 'Intégration du stock : pour le tenir à jour automatiquement.',
        },
        {
          en: 'CRM connection: to bring leads into your CRM.',
          fr: 'Liaison avec un CRM : pour y amener vos prospects.',
        },
        {
          en: 'Applications of your own, built on our API.',
          fr: 'Vos propres applications, bâties sur notre API.',
        },
        {
          en: 'Tools of others, to connect your other business software.',
          fr: 'Des outils tiers, pour relier vos autres logiciels.',
        },
        {
          en: 'You need none to manage your chatbot in the admin panel.',
          fr: 'Il n’en faut aucune pour gérer votre agent dans le panneau d’administration.',
        },
      ],
    },
    {
      id: 'not-working',
      title: { en: 'A key does not work', fr: 'Une clé ne fonctionne pas' },
      items: [
        { en: 'Make sure that you copied the complete key.', fr: 'Assurez-vous d’avoir copié la clé en entier.' },
        { en: 'Check whether it has been revoked.', fr: 'Vérifiez si elle a été révoquée.' },
        { en: 'Verify that you call the right endpoint.', fr: 'Vérifiez que vous appelez la bonne adresse.' },
      ],
    },
    {
      id: 'next',
      title: { en: 'Next steps', fr: 'Étapes suivantes' },
      links: [
        {
          label: {
            en: 'Inventory API: use a key for your inventory',
            fr: 'API de stock : utiliser une clé pour votre stock',
          },
          href: 'https://voxum.example/docs/inventory-api',
        },
        {
          label: { en: 'Dashboard: keep an eye on your account', fr: 'Tableau de bord : suivre votre compte' },
          href: 'https://voxum.example/dashboard',
        },
      ],
    },
  ],
})
