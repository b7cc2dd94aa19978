import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, openPage } from '../../e2e/support/browser.ts'
import { bodyOf } from '../../e2e/support/calls.ts'
import { openAs } from '../../e2e/support/console.ts'
import { createAccount, createKey } from '../../e2e/support/operating.ts'
import { someone } from '../../e2e/support/people.ts'
import { type System, startSystem } from './testing.ts'
import { type PageWords, type Place, type Seen, walk } from './walk.ts'

const english: PageWords = {
  create: 'Create API Key',
  name: 'Name',
  vague: 'Key 1',
  more: 'More options',
  cancel: 'Cancel',
  done: 'Done',
  copyKey: 'Copy key',
  closeAnyway: 'Close anyway',
  menu: 'Your menu',
  actionsFor: (name) => `Actions for ${name}`,
  revoke: 'Revoke',
  edit: 'Edit',
  filter: 'Filter',
  select: 'Select',
  selectPage: 'Select all on this page',
  table: 'View as table',
  details: 'What changed',
  addWebhook: 'Add webhook',
  invite: 'Invite someone',
  join: 'Create and join',
  yourName: 'Your name',
  password: 'Password',
  signOut: 'Sign out',
  signIn: 'Sign in',
  email: 'E-mail address',
  forgot: 'Forgot the password?',
}

const french: PageWords = {
  create: 'Créer une clé API',
  name: 'Nom',
  vague: 'Clé 1',
  more: 'Autres options',
  cancel: 'Annuler',
  done: 'Terminé',
  copyKey: 'Copier la clé',
  closeAnyway: 'Fermer quand même',
  menu: 'Votre menu',
  actionsFor: (name) => `Actions pour ${name}`,
  revoke: 'Révoquer',
  edit: 'Modifier',
  filter: 'Filtrer',
  select: 'Sélectionner',
  selectPage: 'Tout sélectionner sur cette page',
  table: 'Voir en tableau',
  details: 'Ce qui a changé',
  addWebhook: 'Ajouter un webhook',
  invite: 'Inviter une personne',
  join: 'Créer et rejoindre',
  yourName: 'Votre nom',
  password: 'Mot de passe',
  signOut: 'Se déconnecter',
  signIn: 'Se connecter',
  email: 'Adresse e-mail',
  forgot: 'Mot de passe oublié ?',
}

/** What both pages show alike: the one is a name or a part of the API, the other a word that both languages write the same. */
const alike: ReadonlySet<string> = new Set([
  'Voxum',
  'Garage Durand',
  'CRM Sync',
  'Inventory Integration',
  'English',
  'français',
  'Français',
  'node',
  'curl',
  'Inventory Integration · Voxum',
  'Webhooks · Voxum',
  '.env',
  'https://example.com/events',
  'vx_',
  'inventory',
  'leads',
  'chatbot',
  'inventory.view',
  'leads.view',
  'chatbot.edit',
  'Authorization',
  'Retry-After',
  'invalid_token',
  'credential_missing',
  'credential_ambiguous',
  'insufficient_scope',
  'network_not_allowed',
  'unavailable',
  'YOUR_API_KEY',
  'X-API-Key: YOUR_API_KEY',
  'curl "$VOXUM_API/api/inventory" \\ -H "X-API-Key: YOUR_API_KEY"',
  'Webhooks',
  'Active',
  'Actions',
  'Service',
  'Total',
  'Permissions',
])

/** Words that no French sentence has. */
const englishWords = /\b(?:the|and|with|your|this|that|not|yes|has|was|were|been|cannot|make|which)\b/i

describe.skipIf(!process.env['KEYWRIGHT_TEST_CHROMIUM'])('VOX-9: the page exists in English and French', () => {
  let system: System
  let browser: Browser

  beforeAll(async () => {
    system = await startSystem()
    browser = await openBrowser()
  })

  async function prepared(name: string): Promise<Place> {
    const { id: account } = await createAccount(system.operator, 'Garage Durand')
    const person = someone(name)
    const body = { email: person.email, role: 'admin' }
    const { link } = await bodyOf(
      system.operator<{ link: string }>('POST', `/v1/accounts/${account}/invitations`, { body }),
      201,
    )
    const fill = async () => {
      const used = await createKey(system.operator, account, { name: 'Inventory Integration' })
      const gone = await createKey(system.operator, account, { name: 'CRM Sync' })
      await bodyOf(system.operator('POST', `/v1/keys/${gone.id}/revoke`))
      const api = system.api(used.secret)
      for (const path of ['/api/inventory', '/api/leads']) await bodyOf(api('GET', path))
      expect((await api('PUT', '/api/chatbot/greeting', { body: 'Hi' })).status).toBe(403)
      return used.id
    }
    return { url: system.url, account, invitation: link, person, fill }
  }

  async function walked(language: string, words: PageWords, name: string): Promise<Seen> {
    const { page, context, faults } = await openPage(browser, { language })
    const seen = await walk(page, words, await prepared(name))
    expect(faults).toEqual([])
    await context.close()
    return seen
  }

  test('by the language of the browser, every page that a customer sees; no English is left on the French ones', async () => {
    const [inEnglish, inFrench] = await Promise.all([walked('en-GB', english, 'Ada'), walked('fr-FR', french, 'Grace')])
    expect([...inFrench.keys()]).toEqual([...inEnglish.keys()])
    const known = new Set([...inEnglish.values()].flat())
    const left = [...inFrench].flatMap(([where, texts]) =>
      texts
        .filter((text) => (known.has(text) && !alike.has(text)) || englishWords.test(text))
        .map((text) => `${where}: ${text}`),
    )
    expect(left).toEqual([])
    // What is compared is a whole walk: nearly every English text has such a word, or another in French.
    expect(known.size).toBeGreaterThan(400)
    expect([...known].filter((text) => englishWords.test(text)).length).toBeGreaterThan(100)
  }, 60_000)

  test('by the person: the menu changes the language at once, and for later; the help page follows', async () => {
    const { page, account } = await openAs(browser, system, 'Heddy')
    await createKey(system.operator, account, { name: 'CRM Sync' })
    await page.goto(`${system.url}/accounts/${account}/keys`)
    await page.getByRole('row', { name: /CRM Sync.*Never used/ }).waitFor()
    const switchTo = async (menu: string, language: string): Promise<void> => {
      await page.getByRole('button', { name: menu }).click()
      await page.getByRole('menuitemradio', { name: language }).click()
    }
    await switchTo('Your menu', 'français')
    const inFrench = async (): Promise<void> => {
      await page.getByRole('heading', { level: 1, name: 'Clés API' }).waitFor()
      await page.getByRole('button', { name: 'Créer une clé API' }).waitFor()
      await page.getByRole('columnheader', { name: 'Dernière utilisation' }).waitFor()
      await page.getByRole('row', { name: /CRM Sync.*Jamais utilisée/ }).waitFor()
      expect(await page.locator('html').getAttribute('lang')).toBe('fr')
    }
    await inFrench()
    await page.reload()
    await inFrench()

    await page.getByRole('button', { name: 'Votre menu' }).click()
    await page.getByRole('menuitem', { name: 'Aide' }).click()
    await page.getByRole('heading', { level: 1, name: 'Clés API' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('fr')
    await page.getByText('Quand il vous faut une clé').first().waitFor()
    await page.getByRole('link', { name: 'English' }).click()
    await page.getByText('When you need a key').first().waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')

    await page.goto(`${system.url}/accounts/${account}/keys`)
    await inFrench()
    await switchTo('Votre menu', 'English')
    await page.getByRole('heading', { level: 1, name: 'API Keys' }).waitFor()
  })

  test('the help page is served in the language that the browser asks for', async () => {
    const served = async (wanted: string) => {
      const response = await fetch(`${system.url}/help`, { headers: { 'accept-language': wanted } })
      return {
        language: response.headers.get('content-language'),
        french: (await response.text()).includes('Non autorisé'),
      }
    }
    expect(await served('fr-CA,fr;q=0.9,en;q=0.5')).toEqual({ language: 'fr', french: true })
    expect(await served('en-GB')).toEqual({ language: 'en', french: false })
    expect(await served('de')).toEqual({ language: 'en', french: false })
  })
})
