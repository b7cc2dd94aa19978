import { Anchor, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { isProblem } from '../../api/problem.ts'
import type { Key } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { KeyActions } from '../keys/actions/key-actions.tsx'
import { callName } from '../keys/actions/use-key-action.tsx'
import { GrantView } from '../keys/grant/grant-view.tsx'
import { KeyStatus } from '../keys/list/key-status-badge.tsx'
import { ChecksSection } from './checks-section.tsx'
import { ExampleSection } from './example-section.tsx'
import { FamilySection } from './family-section.tsx'
import classes from './key-detail.module.css'
import { keyQuery } from './key-query.ts'
import { LimitsSection } from './limits-section.tsx'
import { LogSection } from './log-section.tsx'
import { OverviewSection } from './overview-section.tsx'
import { Section } from './section.tsx'
import { UsageSection } from './usage-section.tsx'

/** Everything of one key. What is not there and what one may not see look the same. */
export function KeyPage() {
  const { key: keyId } = useParams({ from: '/person/accounts/$account/keys/$key' })
  const { accountId, acting, may } = useAccount()
  const { data, error, refetch } = useQuery({ ...keyQuery(accountId, keyId, acting), enabled: may('view') })
  if (!may('view') || isProblem(error, 'key_not_found') || (data !== undefined && data.account !== accountId))
    return <NoSuchKey />
  if (data !== undefined) return <KeyDetail key={keyId} keyRecord={data} />
  if (error !== null) return <Failed error={error} retry={() => void refetch()} />
  return <KeySkeleton />
}

function AllKeys() {
  const { say } = useWords()
  const { accountId } = useAccount()
  return (
    <Anchor component={Link} to={`/accounts/${accountId}/keys`} size="sm" display="inline-block" mb="xs" py={2}>
      {say('keyDetail.back')}
    </Anchor>
  )
}

function NoSuchKey() {
  const { say } = useWords()
  const { product } = useConfig()
  return (
    <>
      <PageHeader title={say('problems.notFound')} product={product.name} />
      <EmptyState title={say('problems.notFound')} action={<AllKeys />}>
        {say('problems.notFoundText')}
      </EmptyState>
    </>
  )
}

function Failed({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  const { say } = useWords()
  const { product } = useConfig()
  return (
    <>
      <AllKeys />
      <PageHeader title={say('problems.title')} product={product.name} />
      <ErrorNote error={error} retry={retry} />
    </>
  )
}

function KeySkeleton() {
  const { say } = useWords()
  return (
    <Stack gap="md" aria-busy>
      <h1 className="visually-hidden">{say('common.loading')}</h1>
      <Skeleton height={28} width={260} />
      <Skeleton height={20} width={180} />
      <Skeleton height={280} radius="lg" />
      <div className={classes['columns']}>
        <Skeleton height={240} radius="lg" />
        <Skeleton height={240} radius="lg" />
      </div>
    </Stack>
  )
}

function KeyDetail({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const config = useConfig()
  const { accountId } = useAccount()
  const navigate = useNavigate()
  const hasGrant = config.resources.length > 0
  return (
    <>
      <AllKeys />
      <PageHeader
        title={callName(keyRecord)}
        product={config.product.name}
        description={
          <Stack gap={6} mt={4}>
            {keyRecord.description !== null && <Text className="breaks">{keyRecord.description}</Text>}
            <Group gap="sm" className={classes['line'] ?? ''}>
              <span className="mono breaks">{keyRecord.masked}</span>
              <KeyStatus keyRecord={keyRecord} />
            </Group>
          </Stack>
        }
        action={
          <KeyActions
            keyRecord={keyRecord}
            onDeleted={() => void navigate({ to: '/accounts/$account/keys', params: { account: accountId } })}
          />
        }
      />
      <Stack gap="md">
        <UsageSection keyId={keyRecord.id} />
        <div className={classes['columns']}>
          <Stack gap="md">
            <OverviewSection keyRecord={keyRecord} />
            <LimitsSection keyRecord={keyRecord} />
            <FamilySection keyRecord={keyRecord} />
          </Stack>
          <Stack gap="md">
            {hasGrant && (
              <Section title={say('keyDetail.permissions')}>
                <GrantView grant={keyRecord.grant} />
                {!config.grants.editable && (
                  <Text size="sm" c="dimmed" mt="sm">
                    {config.grants.notEditable}
                  </Text>
                )}
              </Section>
            )}
            <ExampleSection keyRecord={keyRecord} />
          </Stack>
        </div>
        <ChecksSection keyId={keyRecord.id} />
        <LogSection keyId={keyRecord.id} />
      </Stack>
    </>
  )
}
