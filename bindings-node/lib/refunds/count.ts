// How many refunds there are.

/** The number and the sum of the refunds in one state. */
export interface RefundCount {
  /** How many. */
  readonly refunds: number
  /** The sum of their amounts, in won and cents alike. */
  readonly amount: number
}
