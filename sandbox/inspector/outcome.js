// What a client could conclude from an exchange, and what the ledger knows: pure, and kept apart on purpose.

/** Faults that leave no answer a client could read. */
const LOST = new Set([
  'close', 'reset', 'stall', 'truncated_json', 'length_too_long', 'length_too_short', 'empty_body', 'html', 'redirect',
  'status',
]);
/** Faults that change what an answer says, or how. */
const ALTERED = new Set([
  'missing_key', 'result_code', 'letter_case', 'duplicate_key', 'bom', 'euc_kr', 'numbers', 'wrong_amount',
  'wrong_remaining', 'wrong_tid', 'huge_body',
]);

/** `accepted`, `declined`, or `refused` by HTTP alone. */
export function verdict({ result_code: code }) {
  if (code === null) return 'refused';
  return code === '00' ? 'accepted' : 'declined';
}

/** `waiting`, `unknown`, `altered`, or the verdict that reached the client whole. */
export function clientSaw(request) {
  const kind = request.fault?.kind;
  if (kind === undefined) return verdict(request);
  if (ALTERED.has(kind)) return 'altered';
  if (kind === 'stall' && request.ended === 'kept') return verdict(request);
  if (LOST.has(kind)) return 'unknown';
  if (request.ended === 'client_gone') return 'unknown';
  if (kind === 'trickle' && request.ended === null) return 'waiting';
  return verdict(request);
}

/** `executed`, `late`, `pending` (it will be, later) or `not_executed`. */
export function ledgerSays(request) {
  if (request.executed_late !== null) return 'late';
  if (request.executed) return 'executed';
  return request.fault?.when === 'late' && verdict(request) === 'accepted' ? 'pending' : 'not_executed';
}

/** A field's value, or an empty text. */
export function field(request, name) {
  return request.fields.find(([key]) => key === name)?.[1] ?? '';
}

/** `cancel`, `repay`, or null for what is neither. */
export function endpoint({ path }) {
  return { '/cancel/cancel': 'cancel', '/cancel/repay': 'repay' }[path] ?? null;
}
