// What a person is told who has to look at a refund.

import type { Ruling } from './words.js'

/** What a person who must check is told, in one language. */
export interface ReviewText {
  /** Why a person must check. */
  readonly why: string
  /** What to look for in the merchant admin (상점관리자), one sentence each, in order. */
  readonly lookFor: readonly string[]
  /** The rulings that `resolve` may take, each with what it does and when to choose it. */
  readonly rulings: Readonly<Partial<Record<Ruling, string>>>
}

/** Why a refund waits for a person, and what that person can do. */
export interface Review {
  /** In English. */
  readonly en: ReviewText
  /** In Korean (한국어). */
  readonly ko: ReviewText
}

interface ToldText {
  why: string
  look_for: string[]
  rulings: Record<string, string>
}

/** Makes a review of what was told of it. */
export function reviewOf(told: unknown): Review | null {
  if (told === null || told === undefined) return null
  const { en, ko } = told as { en: ToldText; ko: ToldText }
  return Object.freeze({ en: text(en), ko: text(ko) })
}

function text({ why, look_for, rulings }: ToldText): ReviewText {
  return Object.freeze({ why, lookFor: Object.freeze(look_for), rulings: Object.freeze(rulings) })
}
