import { matches } from '../access/patterns.ts'
import type { Trace } from '../trace.ts'
import { randomNumbers } from './random.ts'
import {
  readFaults,
  type CallRule,
  type DisconnectRule,
  type FaultPlan,
  type FunctionRule,
  type Occasion,
  type QueueRule,
} from './rules.ts'

/** What goes wrong with one call to a service. */
export interface CallFault {
  readonly latencyMs: number
  readonly status: number | undefined
  readonly error: string | undefined
  readonly reset: 'before' | 'after' | undefined
  /** Whether an entry of a batch fails; asked once for each. */
  failsEntry(): boolean
}

/** What goes wrong with one invocation. */
export interface InvocationFault {
  readonly latencyMs: number
  readonly error: string | undefined
  readonly kill: { readonly afterMs: number } | { readonly afterCalls: number } | undefined
}

/** What goes wrong with the delivery of one message. */
export interface QueueFault {
  readonly duplicate: boolean
  readonly reorder: boolean
}

/** A rule that is in force, with what it has seen so far. */
interface Active<Rule> {
  readonly rule: Rule
  /** Decides whether it strikes, drawn once for each thing that it fits. */
  readonly random: () => number
  /** Decides how hard: drawn as often as needed, without a bearing on what it strikes next. */
  readonly details: () => number
  seen: number
  struck: number
}

/** The rules in force, by what they are about. */
interface ActiveRules {
  readonly call: Active<CallRule>[]
  readonly disconnect: Active<DisconnectRule>[]
  readonly queue: Active<QueueRule>[]
  readonly function: Active<FunctionRule>[]
}

/**
 * Lets things go wrong, by rules. What a rule leaves to chance is drawn from a row of numbers of
 * its own, so that with the same seed the n-th thing that it fits always has the same fate.
 */
export class Faults {
  readonly #trace: Trace
  #rules: ActiveRules = noRules()

  /** @throws AssemblyError when the plan is none */
  constructor(trace: Trace, plan: FaultPlan = { rules: [] }) {
    this.#trace = trace
    this.set(plan)
  }

  /**
   * Puts these rules in place of those in force, and starts counting anew.
   *
   * @throws AssemblyError when the plan is none
   */
  set(plan: FaultPlan): void {
    const { seed, rules } = readFaults(plan)
    const active = noRules()
    for (const [index, rule] of rules.entries()) {
      const random = randomNumbers(seed * 1_000_003 + index)
      const details = randomNumbers(seed * 1_000_003 - 1 - index)
      const counts = { random, details, seen: 0, struck: 0 }
      if (rule.on === 'disconnect') active.disconnect.push({ rule, ...counts })
      else if (rule.on === 'queue') active.queue.push({ rule, ...counts })
      else if (rule.on === 'function') active.function.push({ rule, ...counts })
      else active.call.push({ rule, ...counts })
    }
    this.#rules = active
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#rules = noRules()
  }

  /** Undefined when nothing goes wrong with this call. */
  forCall(service: CallRule['on'], operation: string): CallFault | undefined {
    const struck = strike(this.#rules.call, (rule) => {
      return rule.on === service && (rule.operation ?? operation) === operation
    })
    if (struck.length === 0) return undefined
    const rules = struck.map(({ rule }) => rule)
    const fault = {
      latencyMs: latency(struck),
      status: rules.find(({ status }) => status !== undefined)?.status,
      error: rules.find(({ error }) => error !== undefined)?.error,
      reset: rules.find(({ reset }) => reset !== undefined)?.reset,
    }
    const partial = rules.find((rule) => rule.partial !== undefined)?.partial
    this.#record(`${service} ${operation}`, { ...fault, partial })
    return {
      ...fault,
      failsEntry: () => struck.some(({ rule, details }) => details() < (rule.partial ?? 0)),
    }
  }

  /** Whether this connection's `$disconnect` is never heard of. */
  losesDisconnect(connectionId: string): boolean {
    const lost = strike(this.#rules.disconnect, () => true).length > 0
    if (lost) this.#record(connectionId, { lose: true })
    return lost
  }

  /** What goes wrong with the delivery of one message of a queue. */
  forMessage(queueName: string): QueueFault {
    const struck = strike(this.#rules.queue, ({ queue }) => matches(queue ?? '*', queueName))
    const fault = {
      duplicate: struck.some(({ rule }) => rule.duplicate === true),
      reorder: struck.some(({ rule }) => rule.reorder === true),
    }
    if (fault.duplicate || fault.reorder) this.#record(queueName, fault)
    return fault
  }

  /** Undefined when nothing goes wrong with this invocation. */
  forInvocation(functionName: string, logicalId: string): InvocationFault | undefined {
    const struck = strike(this.#rules.function, (rule) =>
      [functionName, logicalId].some((name) => matches(rule.function ?? '*', name)),
    )
    if (struck.length === 0) return undefined
    const rules = struck.map(({ rule }) => rule)
    const fault = {
      latencyMs: latency(struck),
      error: rules.find(({ error }) => error !== undefined)?.error,
      kill: rules.find(({ kill }) => kill !== undefined)?.kill,
    }
    this.#record(functionName, fault)
    return fault
  }

  #record(target: string, effects: object): void {
    const effect = Object.entries(effects)
      .filter(([, value]) => value !== undefined && value !== false && value !== 0)
      .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
      .join(', ')
    this.#trace.record({ kind: 'fault', target, effect })
  }
}

function noRules(): ActiveRules {
  return { call: [], disconnect: [], queue: [], function: [] }
}

/** The rules that strike this time, of those that fit. */
function strike<Rule extends Occasion>(
  rules: readonly Active<Rule>[],
  fits: (rule: Rule) => boolean,
): Active<Rule>[] {
  return rules.filter((active) => {
    const { rule } = active
    if (!fits(rule)) return false
    active.seen += 1
    // Drawn each time, so that the fate of the n-th does not hang on the other conditions.
    const drawn = active.random()
    const strikes =
      drawn < (rule.probability ?? 1) &&
      (rule.at?.includes(active.seen) ?? true) &&
      active.struck < (rule.times ?? Infinity)
    if (strikes) active.struck += 1
    return strikes
  })
}

/** How long all the rules together make wait, in milliseconds. */
function latency(struck: readonly Active<Pick<CallRule, 'latencyMs'>>[]): number {
  let totalMs = 0
  for (const { rule, details } of struck) {
    const { latencyMs = 0 } = rule
    const [shortest, longest] = typeof latencyMs === 'number' ? [latencyMs, latencyMs] : latencyMs
    totalMs += shortest + details() * (longest - shortest)
  }
  return totalMs
}
