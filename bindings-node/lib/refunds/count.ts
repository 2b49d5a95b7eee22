// How many refunds there are.

/** How many refunds are in one state, and how much they are together. */
export interface RefundCount {
  /** How many. */
  readonly refunds: number
  /** The sum of their amounts, in won and cents alike. */
  readonly amount: number
}
