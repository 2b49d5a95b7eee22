// What a sandbox is set up with, and what it is asked for.

import type { FaultKind, FaultParameters } from './faults.js'
import type { BalanceChange, ClockChange } from './records.js'
import type { Currency, PayType } from './requests.js'
import type { RuleChanges } from './rules.js'

/** A payment to be approved, as if a customer had paid. */
export interface Approval {
  /** The approved total, a whole number above zero: won, or cents for `USD`. */
  price: number
  /** `payType` 결제수단; `card` by default. */
  payType?: PayType | undefined
  /** `currency` 통화; `WON` by default. */
  currency?: Currency | undefined
  /** `moid` 주문번호: the order number, 1 to 64 characters; made up by default. */
  moid?: string | undefined
  /** `mid` 가맹점ID: whose payment it is; the sandbox's own merchant's by default. */
  mid?: string | undefined
  /** `tid` 거래ID: made up by default. */
  tid?: string | undefined
  /** When the customer paid, as 14 digits in KST; now by the sandbox's clock by default. */
  approvedAt?: string | undefined
  /** Whether parts of it can be cancelled; `true` by default. */
  partiallyCancellable?: boolean | undefined
  /** Whether it is a virtual account that was paid into, which can't be cancelled; `false` by default. */
  deposited?: boolean | undefined
  /** Whether it is held in escrow, which can't be cancelled; `false` by default. */
  escrow?: boolean | undefined
}

/** The names of an approval's arguments. */
export const APPROVAL = [
  'price',
  'payType',
  'currency',
  'moid',
  'mid',
  'tid',
  'approvedAt',
  'partiallyCancellable',
  'deposited',
  'escrow',
] as const satisfies readonly (keyof Approval)[]

/** Many things to set up at once; a file of it is in the sandbox's own names (`pay_type`). */
export interface Seed {
  /** As for `setClock`. */
  clock?: ClockChange | undefined
  /** As for `setRules`. */
  rules?: RuleChanges | undefined
  /** As for `addMerchant`, each. */
  merchants?: readonly { mid: string; signKey?: string | undefined }[] | undefined
  /** As for `setBalance`, each. */
  balances?: readonly BalanceChange[] | undefined
  /** As for `approve`, each. */
  payments?: readonly Approval[] | undefined
  /** As for `arm`, each with its kind. */
  faults?: readonly { [Kind in FaultKind]: { kind: Kind } & FaultParameters[Kind] }[FaultKind][] | undefined
}

/** Which requests are meant. */
export interface RequestFilter {
  /** Only those about this payment. */
  tid?: string | undefined
  /** Only those after the one of this number. */
  since?: number | undefined
  /** Only so many, the newest; not with `since`. */
  latest?: number | undefined
}

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds; 4,000 by default, which is below the five seconds that vitest and jest give a test. */
  timeoutMs?: number | undefined
}
