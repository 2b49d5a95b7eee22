// What the sandbox insists on.

/** What the gateway insists on where its guide is silent. */
// Made by sandbox/surface/make.py: rules
export interface SandboxRules {
  /**
   * Which `confirmPrice` of a partial cancel is declined: any that is not what remains after it; only one above that;
   * only one below; only one that is off by as much as is asked for; none; or every one; `enforced` by default.
   */
  confirmPrice: 'enforced' | 'too_high' | 'too_low' | 'tolerant' | 'ignored' | 'declined'
  /**
   * Whether concurrent requests count too; if not, all of them see the amount before them, and a partial cancel takes
   * 250 ms; `enforced` by default.
   */
  confirmPriceAtOnce: 'enforced' | 'ignored'
  /**
   * What a partial cancel does that has the amounts of an earlier one: it is judged as any other, or gets the earlier
   * one's answer and no money moves; `judged` by default.
   */
  sameAgain: 'judged' | 'replayed'
  /** Whether a full cancel's `price` must be the approved total; `enforced` by default. */
  fullPrice: 'enforced' | 'ignored'
  /** Whether a full cancel after a partial one is declined, or cancels what remains; `declined` by default. */
  fullAfterPartial: 'declined' | 'done'
  /** Whether a partial cancel of more than remains is declined, or cancels what remains; `declined` by default. */
  moreThanRemains: 'declined' | 'clipped'
  /** What is checked first: a wrong signature with an unknown tid is declined for that; `signature` by default. */
  checkedFirst: 'signature' | 'tid'
  /** How signatures are made; `ignored`: they are not checked; `name_value` by default. */
  signatureFormat: 'name_value' | 'concatenated' | 'both' | 'ignored'
  /** Which timestamps are accepted, by their digits; `both` by default. */
  timestamp: '14' | '13' | 'both'
  /** By how many seconds a timestamp may differ from the clock; `null`: no limit. */
  freshnessSeconds: number | null
  /** The length of a `C_Tid`; `40` by default. */
  cancelTidLength: 40 | 22
  /** The `ResultCode` of 'already cancelled', 1 to 6 characters; `SBX401` by default. */
  alreadyCancelledCode: string
  /** Whether connections are kept after an answer; if not, they are closed silently; `kept` by default. */
  connections: 'kept' | 'closed'
}

/** The names of all rules. */
export const RULES = [
  'confirmPrice',
  'confirmPriceAtOnce',
  'sameAgain',
  'fullPrice',
  'fullAfterPartial',
  'moreThanRemains',
  'checkedFirst',
  'signatureFormat',
  'timestamp',
  'freshnessSeconds',
  'cancelTidLength',
  'alreadyCancelledCode',
  'connections',
] as const satisfies readonly (keyof SandboxRules)[]
// End of rules

/** Rules to be changed; the others stay. */
export type RuleChanges = {
  [Rule in keyof SandboxRules]?: SandboxRules[Rule] | (Rule extends 'freshnessSeconds' ? 'off' : never) | undefined
}
