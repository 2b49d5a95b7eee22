import type { Client, Outcome } from 'paywelcome'

export const SCHEMA: string

export interface Database {
  query(statement: string, values: unknown[]): Promise<{ rows: any[] }>
}

export interface OpenRefund {
  id: number
  status: 'sending' | 'unknown'
  tid: string
  amount: number
  detail: string
  claimed_at: Date
}

export class Refunds {
  constructor(database: Database, client?: Client)
  refund(orderId: number, amount: number, remaining: number): Promise<Outcome | 'done' | undefined>
  close(): Promise<void>
  open(): Promise<OpenRefund[]>
  rule(id: number, found: 'done' | 'void'): Promise<boolean>
  sell(order: { tid: string; payType: string; price: number }): Promise<number>
}
