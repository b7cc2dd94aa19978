import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../bench/measure.ts'
import type { Chart } from './benchmarks-chart.ts'
import { isComparison, isDistribution } from './benchmarks-tables.ts'
import { repository } from './run.ts'

const bench = join(repository, 'bench')

/** A section of the document: what one or more parts of the bench showed. */
export interface Section {
  readonly title: string
  readonly parts: readonly string[]
  readonly text: string
  readonly charts?: (results: readonly Result[]) => readonly (readonly [name: string, chart: Chart])[]
}

const ratioBars = (results: readonly Result[], wanted: (name: string) => boolean, label: (name: string) => string) =>
  results
    .filter(isComparison)
    .filter(({ name }) => wanted(name))
    .map(({ name, ratio, spread }) => ({ label: label(name), value: ratio, spread }))

/** Every section of the document, in its order. */
export const sections: readonly Section[] = [
  {
    title: 'The engine in process',
    parts: ['engine'],
    text: `The engine that the server and the SDK share, against the floor: what any check by digest does at least. Its code, whole:

\`\`\`ts
${readFileSync(join(bench, 'floor.ts'), 'utf8').trim()}
\`\`\`

A *hit* asks for a permission, takes from a limit, and is counted per key, hour and outcome with its last use; keys come in an order that no cache guesses.
*Miss* and *asked for* ask a source in the same process, 64 at a time, so they show the engine's own cost and not a database's. Each size runs in a process of its own.`,
    charts: (results) => [
      [
        'engine',
        {
          title: 'A hit against the floor (one-shot SHA-256 and a Map look-up)',
          unit: 'ratio to the floor',
          scale: 'linear',
          bars: ratioBars(
            results,
            (name) => name.startsWith('hit'),
            (name) => name.slice(name.lastIndexOf(', ') + 2),
          ),
          aim: { value: 0.6, label: 'aim at 100,000 keys' },
        },
      ],
    ],
  },
  {
    title: 'Peers',
    parts: ['peers'],
    text: `Libraries from the package registry that check keys, set up as their users would, each with 10,000 keys of its own and all accepted: \`prefixed-api-key\` with its hashes in a
\`Map\`; better-auth's API-key plugin over SQLite in WAL mode, its rate limit on; \`openkey\` over a Redis server on the same machine, reached through a socket.
They do different things: the first knows neither limits nor counts, and the other two write with each check.`,
    charts: (results) => {
      const comparisons = results.filter(isComparison)
      const ours = comparisons[0]
      return [
        [
          'peers',
          {
            title: 'Checks a second of one of 10,000 keys, in process',
            unit: 'checks/s',
            scale: 'log',
            bars: [
              ...(ours === undefined ? [] : [{ label: 'Keywright, hit', value: ours.subject }]),
              ...comparisons.map(({ name, floor }) => ({
                label: name.replace('our hit against ', '').replace(/ \(.*\)| with its API-key plugin/g, ''),
                value: floor,
              })),
            ],
          },
        ],
      ]
    },
  },
  {
    title: 'The doors',
    parts: ['doors', 'refusals'],
    text: `\`POST /v1/verify\` (which checks its caller's credential as well) and \`GET /v1/forward-auth\` against servers that read the same fields and body, parse them, and write the same
fields and body, deciding nothing (\`bench/floor-server.ts\`). One process each, 64 connections, the client beside it on the other core. Where the client is the slower of the two,
requests a second flatter us; requests per second of the server's own processor time do not, so both are shown.`,
    charts: (results) => [
      [
        'doors',
        {
          title: 'Doors against servers that decide nothing',
          unit: 'ratio of requests per second of processor time',
          scale: 'linear',
          bars: results
            .filter(isComparison)
            .filter(({ unit }) => unit.includes('processor'))
            .map(({ name, ratio, spread }) => ({ label: name.replace(/, \d+ connections/, ''), value: ratio, spread })),
        },
      ],
    ],
  },
  {
    title: 'Memory',
    parts: ['memory'],
    text: 'Heap, and arrays outside of it, after the collector has run: what one more key takes that has no metadata, no limits of its own and was used and counted.',
  },
  {
    title: 'Revocation lag',
    parts: ['revocation-lag', 'revocation-faults'],
    text: `From the first byte of the revocation's 200 to the last time that the key was accepted, both read from the one monotonic clock of the machine. A process checks all keys of a round in
a tight loop; another revokes them; 0 means that the key was never accepted after the 200. In the SDK the moment is that of the verdict, in memory. At a worker it is that of the answer's
arrival over HTTP, which is later. A check in the midst of which its process was stopped counts from its beginning. The faults are made by a TCP proxy of ours between SDK and server, by
signals, and by taking down the link of a network namespace; each lasts longer than the bound. A round fails if a key is accepted again after it was refused.`,
    charts: (results) => [
      [
        'revocation',
        {
          title: 'The longest lag of all keys, by what was wrong',
          unit: 'ms after the 200',
          scale: 'linear',
          bars: results.filter(isDistribution).map(({ name, max }) => ({
            label: name.replace(/^revocation lag(,| while) ?/, '').replace('SDK process: ', ''),
            value: max,
          })),
          aim: { value: 1_000, label: 'freshnessMs' },
        },
      ],
    ],
  },
  {
    title: 'A flood of unknown keys',
    parts: ['flood'],
    text: `One server with the embedded database, in ten rounds. Each measures the capacity anew; then valid checks come at half of it over 32 connections, at even times whether or not answers
keep up, and their latency counts from when they were due; then the same beside a flood: 1,000,000 distinct well-formed keys in all that do not exist, each from another address, over 32 connections as well,
as fast as they are answered, up to three tenths of the capacity. The server lets them stand in line, 2,000 a second. Memory is that of the whole process as the system counts it, against the most that it was in a minute of valid checks alone.`,
    charts: (results) => [
      [
        'flood',
        {
          title: 'Latency of valid checks at half of capacity',
          unit: 'ms',
          scale: 'linear',
          bars: results.filter(isDistribution).flatMap(({ name, p50, p99 }) => {
            const label = name
              .replace('valid checks at half of capacity, ', '')
              .replace(' of 1,000,000 unknown keys', '')
            return [
              { label: `${label}: p50`, value: p50 },
              { label: `${label}: p99`, value: p99 },
            ]
          }),
        },
      ],
    ],
  },
  {
    title: 'Cold checks',
    parts: ['cold-checks', 'cold-checks-postgres'],
    text: `A check of a key that is not in memory, whole (engine, digest under the pepper, read, facts, verdict, count), against what the bare driver does for one row: a prepared
\`select * from keys where digest = ?\`, on as many connections and so many at once as the check has. Both read the same random keys of the same store in turns; memory is forgotten before each round.
The stores hold copies of one real key under random ids and digests, with the shipped tables and indexes. Statements are counted at the driver.`,
  },
  {
    title: 'Many nodes',
    parts: ['node-lag', 'redis-limits', 'creation-postgres'],
    text: `Nodes on one PostgreSQL that keeps what it confirms (\`fsync\`), all on one machine. The lag is measured as above, at a second node over HTTP, from the first byte of the other node's 200 to the
last acceptance's arrival. Limits in Redis are compared with a bare \`EVALSHA\` of a script that does nothing, through the same client: on one machine a round trip is nearly free, so that
what script and engine do shows at its largest. Creation is compared with bare inserts of the row into a table like \`keys\`, each in a commit of its own; a creation writes the key, its lineage and
the chained entry of the log.`,
  },
  {
    title: 'The management side',
    parts: ['creation', 'console-lists', 'start'],
    text: 'Creation of keys against bare durable inserts of the row; what a page of the console asks of an account with 100,000 keys; from spawn to ready with a million keys.',
  },
]
