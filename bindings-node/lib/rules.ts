// What the sandbox insists on.

/** What the gateway insists on where its guide is silent. */
// Made by sandbox/surface/make.py: rules
export interface SandboxRules {
  /**
   * Which `confirmPrice` of a partial cancel is declined: any that is not what remains after it, only one above that,
   * only one below, or none; `enforced` by default.
   */
  confirmPrice: 'enforced' | 'too_high' | 'too_low' | 'ignored'
  /**
   * Whether it is also held against what requests that come at the same time take; if not, all of them see what
   * remained before, and a partial cancel takes 250 ms; `enforced` by default.
   */
  confirmPriceAtOnce: 'enforced' | 'ignored'
  /** Whether a full cancel's `price` must be the approved total; `enforced` by default. */
  fullPrice: 'enforced' | 'ignored'
  /** What a full cancel after a partial one does: nothing, or it gives back what remains; `declined` by default. */
  fullAfterPartial: 'declined' | 'done'
  /** What a partial cancel of more than remains does: nothing, or it gives back what remains; `declined` by default. */
  moreThanRemains: 'declined' | 'clipped'
  /**
   * What is looked at first: a wrong signature about an unknown tid is declined for the one or the other; `signature`
   * by default.
   */
  checkedFirst: 'signature' | 'tid'
  /** How signatures are made; `ignored`: they are not looked at; `name_value` by default. */
  signatureFormat: 'name_value' | 'concatenated' | 'both' | 'ignored'
  /** Which timestamps are read, by their digits; `both` by default. */
  timestamp: '14' | '13' | 'both'
  /** How far a timestamp may be from the clock, in seconds; `null`: as far as it likes. */
  freshnessSeconds: number | null
  /** How long a `C_Tid` is; `40` by default. */
  cancelTidLength: 40 | 22
  /** The `ResultCode` of 'already cancelled', 1 to 6 characters; `SBX401` by default. */
  alreadyCancelledCode: string
  /** Whether connections are kept after an answer; if not, they are closed without a word; `kept` by default. */
  connections: 'kept' | 'closed'
}

/** The names of all rules. */
export const RULES = [
  'confirmPrice',
  'confirmPriceAtOnce',
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
