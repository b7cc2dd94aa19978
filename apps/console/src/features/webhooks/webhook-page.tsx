import { Alert, Anchor, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Delivery, Page, Webhook } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { Deliveries } from './deliveries.tsx'
import { ReplayDialog } from './replay-dialog.tsx'
import { WebhookDialog, type WebhookStep } from './webhook-dialogs.tsx'
import { WebhookFacts } from './webhook-facts.tsx'
import { WebhookMenu } from './webhook-menu.tsx'
import { accountOwner, installationOwner, type WebhookOwner } from './webhook-owner.ts'

/** More than an owner may have: the listing is the one place to read a webhook. */
const webhooksMax = 100

/** Why nothing is sent, and how it is again. */
function RestNote({ webhook, choose }: { readonly webhook: Webhook; readonly choose: (step: WebhookStep) => void }) {
  const { say } = useWords()
  const format = useFormat()
  const { state, failingSince } = webhook
  if (state === 'active') return null
  const isOff = state === 'disabled'
  return (
    <Alert color={isOff ? 'red.9' : 'gray'} title={say(isOff ? 'webhooks.disabledTitle' : 'webhooks.pausedTitle')}>
      {say(isOff ? 'webhooks.disabledText' : 'webhooks.pausedText')}
      {isOff && failingSince !== null && ` ${say('webhooks.disabledSince', { time: format.moment(failingSince) })}`}
      <Button variant="default" size="xs" mt="sm" display="block" onClick={() => choose(isOff ? 'switchOn' : 'resume')}>
        {say(isOff ? 'webhooks.switchOn' : 'webhooks.resume')}
      </Button>
    </Alert>
  )
}

function TestButton({ owner, webhook }: { readonly owner: WebhookOwner; readonly webhook: Webhook }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const queries = useQueryClient()
  const test = useMutation({
    mutationFn: () =>
      api<Delivery>(`${owner.apiPath}/${segment(webhook.id)}/test`, { method: 'POST', acting: owner.acting, body: {} }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: owner.queryKey })
      announce(say('webhooks.tested'))
    },
  })
  return (
    <>
      <Button onClick={() => test.mutate()} loading={test.isPending}>
        {say('webhooks.test')}
      </Button>
      <ErrorNote error={test.error} />
    </>
  )
}

function Loaded({ owner, webhook }: { readonly owner: WebhookOwner; readonly webhook: Webhook }) {
  const { say } = useWords()
  const { product } = useConfig()
  const navigate = useNavigate()
  const [step, setStep] = useState<WebhookStep | 'replay' | null>(null)
  const close = () => setStep(null)
  return (
    <Stack gap="xl">
      <div>
        <Anchor component={Link} to={owner.pagePath} size="sm" display="inline-block" mb="xs">
          {say('webhooks.all')}
        </Anchor>
        <PageHeader
          title={webhook.url}
          description={webhook.description ?? undefined}
          product={product.name}
          action={
            <Group gap="sm">
              <TestButton owner={owner} webhook={webhook} />
              <WebhookMenu webhook={webhook} choose={setStep} />
            </Group>
          }
        />
        <Stack gap="md">
          <RestNote webhook={webhook} choose={setStep} />
          <WebhookFacts webhook={webhook} />
        </Stack>
      </div>
      <div>
        <Group justify="space-between" align="flex-start" mb="sm">
          <div style={{ flex: '1 1 260px' }}>
            <Title order={2}>{say('webhooks.deliveries')}</Title>
            <Text c="dimmed">{say('webhooks.deliveriesText')}</Text>
          </div>
          <Button variant="default" onClick={() => setStep('replay')}>
            {say('webhooks.replaySince')}
          </Button>
        </Group>
        <Deliveries owner={owner} webhook={webhook} />
      </div>
      {step === 'replay' && <ReplayDialog owner={owner} webhook={webhook} onClose={close} />}
      {step !== null && step !== 'replay' && (
        <WebhookDialog
          owner={owner}
          webhook={webhook}
          step={step}
          onClose={close}
          onDeleted={() => void navigate({ to: owner.pagePath })}
        />
      )}
    </Stack>
  )
}

function Detail({ owner, webhookId }: { readonly owner: WebhookOwner; readonly webhookId: string }) {
  const { say } = useWords()
  const { data, error, refetch } = useQuery({
    queryKey: [...owner.queryKey, 'each'],
    queryFn: ({ signal }) =>
      api<Page<Webhook>>(owner.apiPath, { acting: owner.acting, signal, query: { limit: webhooksMax } }),
  })
  const webhook = data?.items.find(({ id }) => id === webhookId)
  if (webhook !== undefined) return <Loaded owner={owner} webhook={webhook} />
  if (data === undefined)
    return (
      <>
        <PageHeader title={say('webhooks.title')} />
        {error === null ? (
          <Stack gap="sm" aria-busy="true">
            <span className="visually-hidden">{say('common.loading')}</span>
            <Skeleton height={180} />
            <Skeleton height={44} />
            <Skeleton height={44} />
          </Stack>
        ) : (
          <ErrorNote error={error} retry={() => void refetch()} />
        )}
      </>
    )
  return (
    <>
      <PageHeader title={say('webhooks.title')} />
      <EmptyState
        title={say('webhooks.missing')}
        action={
          <Button component={Link} to={owner.pagePath} variant="default">
            {say('webhooks.all')}
          </Button>
        }
      >
        {say('webhooks.missingText')}
      </EmptyState>
    </>
  )
}

/** One webhook of an account. */
export function WebhookPage() {
  const { webhook } = useParams({ from: '/person/accounts/$account/webhooks/$webhook' })
  const { accountId, acting } = useAccount()
  return <Detail owner={accountOwner(accountId, acting)} webhookId={webhook} />
}

/** One webhook of the installation. */
export function InstallationWebhookPage() {
  const { webhook } = useParams({ from: '/person/operator/webhooks/$webhook' })
  return <Detail owner={installationOwner} webhookId={webhook} />
}
