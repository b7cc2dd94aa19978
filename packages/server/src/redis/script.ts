import { createHash } from 'node:crypto'

/** A Lua script, and the hash by which Redis knows it once it has seen it. */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/** The two expressions of the script that depend on the clock. */
export interface ScriptClock {
  /** Now, in whole microseconds. */
  readonly now: string
  /** For how many milliseconds what is written is kept; `longest` is how long any of it counts. */
  readonly keepMs: string
}

/**
 * Takes from limits, or gives back, in one step. One key for each owner holds what `Bucket` of core holds: the limits in force, and what was taken
 * of others before, each with how far its arrival time (TAT) is ahead of a moment. So the clock is a whole number of microseconds that loses
 * nothing, and what is ahead a double of milliseconds, as in core.
 *
 * KEYS: one for each owner. ARGV: `take` or `give`; the cost; then for each owner the number of its limits, and of each limit name, emission and
 * tolerance in milliseconds. Answers 1 or 0 (taken or not), then how far each limit is ahead, in the order asked.
 */
export function limitScript({ now, keepMs }: ScriptClock): Script {
  const text = `
local now = ${now}
local gives = ARGV[1] == 'give'
local cost = tonumber(ARGV[2])
local position = 3

local function same(a, b)
  return a.name == b.name and a.emission == b.emission and a.tolerance == b.tolerance
end

-- What is stored of an owner as it stands now, the limits in force first; how many those are; whether the clock was set back since.
local function stored(key)
  local packed = redis.call('GET', key)
  if not packed then return {}, 0, false end
  local fields = cmsgpack.unpack(packed)
  -- A clock that was set back counts as one that stood still.
  local passed = math.max(0, now - fields[1]) / 1000
  local entries = {}
  for i = 3, #fields, 4 do
    entries[#entries + 1] = {
      name = fields[i], emission = fields[i + 1], tolerance = fields[i + 2], ahead = fields[i + 3] - passed
    }
  end
  return entries, fields[2], now < fields[1]
end

local function asked()
  local rates = {}
  local count = tonumber(ARGV[position])
  position = position + 1
  for i = 1, count do
    rates[i] = {
      name = ARGV[position], emission = tonumber(ARGV[position + 1]), tolerance = tonumber(ARGV[position + 2]), ahead = 0
    }
    position = position + 3
  end
  return rates
end

-- As many units as were taken of the limit before, but never more than all of this one.
local function converted(before, rate)
  if before.name ~= rate.name then return 0 end
  if same(before, rate) then return before.ahead end
  local ahead = before.ahead / before.emission * rate.emission
  if ahead <= rate.tolerance then return ahead end
  return rate.tolerance
end

-- Whether an entry need not be kept aside: its limit is in force, or another entry of the same limit says more.
local function covered(index, counting, rates)
  local entry = counting[index]
  for _, rate in ipairs(rates) do
    if same(entry, rate) then return true end
  end
  for other, candidate in ipairs(counting) do
    if other ~= index and same(candidate, entry)
      and (candidate.ahead > entry.ahead or (candidate.ahead == entry.ahead and other < index)) then return true end
  end
  return false
end

-- Goes over to the limits asked. Answers what is kept aside, and whether that is to be written.
local function follow(key, rates)
  local entries, count, back = stored(key)
  local unchanged = count == #rates
  for i = 1, #rates do unchanged = unchanged and same(entries[i], rates[i]) end
  local aside = {}
  if unchanged then
    for i = 1, #rates do rates[i].ahead = entries[i].ahead end
    for i = #rates + 1, #entries do aside[#aside + 1] = entries[i] end
    return aside, back
  end
  local counting = {}
  for _, entry in ipairs(entries) do
    if entry.ahead > 0 then counting[#counting + 1] = entry end
  end
  for _, rate in ipairs(rates) do
    for _, before in ipairs(counting) do
      local ahead = converted(before, rate)
      if ahead > rate.ahead then rate.ahead = ahead end
    end
  end
  for index, entry in ipairs(counting) do
    if not covered(index, counting, rates) then aside[#aside + 1] = entry end
  end
  return aside, #counting > 0
end

local function write(key, rates, aside)
  local fields = { now, #rates }
  local longest = 0
  local function keep(entry)
    local ahead = math.max(0, entry.ahead)
    longest = math.max(longest, ahead)
    for _, field in ipairs({ entry.name, entry.emission, entry.tolerance, ahead }) do fields[#fields + 1] = field end
  end
  for _, rate in ipairs(rates) do keep(rate) end
  for _, entry in ipairs(aside) do
    if entry.ahead > 0 then keep(entry) end
  end
  -- What counts no longer is as good as never taken.
  if longest == 0 then redis.call('DEL', key) return end
  redis.call('SET', key, cmsgpack.pack(fields), 'PX', string.format('%.0f', ${keepMs}))
end

local owners = {}
for index, key in ipairs(KEYS) do
  local rates = asked()
  local aside, changed = follow(key, rates)
  owners[index] = { key = key, rates = rates, aside = aside, changed = changed }
end

-- Written so that a cost that is no number does not pass for none.
local takes = not gives and not (cost <= 0)
local taken = true
if takes then
  for _, owner in ipairs(owners) do
    for _, rate in ipairs(owner.rates) do
      local ahead = math.max(0, rate.ahead) + cost * rate.emission
      -- A hundredth of a unit forgives the rounding of sums of fractions.
      if not (ahead <= rate.tolerance + rate.emission * 0.01) then taken = false end
    end
  end
end

local answer = { taken and '1' or '0' }
for _, owner in ipairs(owners) do
  for _, rate in ipairs(owner.rates) do
    if gives then rate.ahead = rate.ahead - cost * rate.emission
    elseif takes and taken then rate.ahead = math.max(0, rate.ahead) + cost * rate.emission end
    answer[#answer + 1] = string.format('%.17g', math.max(0, rate.ahead))
  end
  if owner.changed or gives or (takes and taken) then write(owner.key, owner.rates, owner.aside) end
end
return table.concat(answer, ' ')
`
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

/** Now by the clock of Redis itself. */
export const redisNow = "(function(time) return time[1] * 1000000 + time[2] end)(redis.call('TIME'))"

/** The script as it is used. What settles is let go a moment later; 126 years are as good as any longer time. */
export const redisLimitScript: Script = limitScript({
  now: redisNow,
  keepMs: 'math.min(math.ceil(longest) + 1, 4e12)',
})
