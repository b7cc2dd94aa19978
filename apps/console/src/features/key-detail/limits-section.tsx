import { Button, Group, Text } from '@mantine/core'
import { lazy, Suspense, useRef, useState } from 'react'
import type { InForce, Key } from '../../api/records.ts'
import { capitalized } from '../../locales/capitalized.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import classes from './key-detail.module.css'
import { Section } from './section.tsx'

const OverrideDialogs = lazy(() =>
  import('./override-dialog.tsx').then(({ OverrideDialogs }) => ({ default: OverrideDialogs })),
)

const periods = {
  day: 'keyDetail.limits.quotaDay',
  month: 'keyDetail.limits.quotaMonth',
  all: 'keyDetail.limits.quotaAll',
} as const

/** The limits that apply to a key at this moment, how much of its quota is used, and what an operator set. */
export function LimitsSection({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const { words } = useConfig()
  const { acting } = useAccount()
  const inForce = keyRecord.inForce ?? { limits: keyRecord.limits, accountLimits: [], quota: keyRecord.quota }
  const isEmpty = inForce.limits.length + inForce.accountLimits.length === 0 && inForce.quota === null
  return (
    <Section
      title={say('keyDetail.limits.title')}
      {...(acting === 'operator' ? { action: <OperatorButtons keyRecord={keyRecord} inForce={inForce} /> } : {})}
    >
      {isEmpty && <Text c="dimmed">{say('keyDetail.limits.none')}</Text>}
      <dl className={classes['facts']}>
        {inForce.limits.map((limit) => (
          <LimitFact
            key={limit.name}
            limit={limit}
            of={say('keyDetail.limits.perKey')}
            until={keyRecord.overrides?.limits.find(({ name }) => name === limit.name)?.until}
          />
        ))}
        {inForce.accountLimits.map((limit) => (
          <LimitFact
            key={`account ${limit.name}`}
            limit={limit}
            of={say('keyDetail.limits.shared', { account: words.account.one })}
            until={undefined}
          />
        ))}
        {inForce.quota !== null && <QuotaFact keyRecord={keyRecord} quota={inForce.quota} />}
      </dl>
    </Section>
  )
}

function Overridden({ until }: { readonly until: string | null | undefined }) {
  const { say } = useWords()
  const format = useFormat()
  if (until === undefined) return null
  return (
    <Text size="sm" c="dimmed">
      {until === null ? say('keyDetail.limits.forGood') : say('keyDetail.limits.until', { date: format.moment(until) })}
    </Text>
  )
}

function LimitFact({
  limit,
  of,
  until,
}: {
  readonly limit: InForce['limits'][number]
  readonly of: string
  readonly until: string | null | undefined
}) {
  const { say } = useWords()
  const format = useFormat()
  const values = {
    limit: limit.limit,
    window: format.window(limit.windowSeconds),
    burst: limit.burst ?? limit.limit,
  }
  const isBurst = limit.burst !== undefined && limit.burst !== limit.limit
  return (
    <div style={{ display: 'contents' }}>
      <dt>
        {capitalized(limit.name)}
        <Text size="sm">{of}</Text>
      </dt>
      <dd className="figures">
        {say(isBurst ? 'keyDetail.limits.burst' : 'keyDetail.limits.rate', values)}
        <Overridden until={until} />
      </dd>
    </div>
  )
}

function QuotaFact({ keyRecord, quota }: { readonly keyRecord: Key; readonly quota: NonNullable<InForce['quota']> }) {
  const { say } = useWords()
  const format = useFormat()
  const used = keyRecord.quota?.period === quota.period ? keyRecord.quota.used : undefined
  const share = used === undefined || quota.limit === 0 ? 0 : Math.min(1, used / quota.limit)
  const percent = format.percent(share)
  const words = used === undefined ? '' : say('keyDetail.limits.used', { used, limit: quota.limit, percent })
  return (
    <div style={{ display: 'contents' }}>
      <dt>{say('keyDetail.limits.quota')}</dt>
      <dd className="figures">
        {say(periods[quota.period ?? 'all'], { limit: quota.limit })}
        {used !== undefined && (
          <>
            <Text size="sm" c="dimmed">
              {words}
            </Text>
            {/* biome-ignore lint/a11y/useSemanticElements: the element itself cannot be drawn alike in all browsers. */}
            <div
              className={classes['meter']}
              role="meter"
              aria-label={say('keyDetail.limits.quota')}
              aria-valuemin={0}
              aria-valuemax={quota.limit}
              aria-valuenow={Math.min(used, quota.limit)}
              aria-valuetext={words}
            >
              <div className={classes['fill']} data-full={share >= 1} style={{ width: `${share * 100}%` }} />
            </div>
          </>
        )}
        <Overridden until={keyRecord.overrides?.quota?.until} />
      </dd>
    </div>
  )
}

function OperatorButtons({ keyRecord, inForce }: { readonly keyRecord: Key; readonly inForce: InForce }) {
  const { say } = useWords()
  const [open, setOpen] = useState<'set' | 'clear' | null>(null)
  const buttons = useRef<HTMLDivElement>(null)
  const close = (): void => {
    setOpen(null)
    requestAnimationFrame(() => buttons.current?.querySelector<HTMLElement>('button')?.focus())
  }
  return (
    <Group gap="xs" ref={buttons}>
      <Button variant="default" size="xs" onClick={() => setOpen('set')}>
        {say('keyDetail.override.button')}
      </Button>
      {keyRecord.overrides !== undefined && (
        <Button variant="default" size="xs" onClick={() => setOpen('clear')}>
          {say('keyDetail.override.clear')}
        </Button>
      )}
      {open !== null && (
        <Suspense fallback={null}>
          <OverrideDialogs keyRecord={keyRecord} inForce={inForce} open={open} onClose={close} />
        </Suspense>
      )}
    </Group>
  )
}
