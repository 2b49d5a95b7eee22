// Every kind of fault, with what belongs to it, as the form offers them. The words are under `kind.<name>`.

const number = (name, value, low = 0, high = 1_073_741_824) => ({ name, type: 'number', value, low, high });
const text = (name, value = '') => ({ name, type: 'text', value });
const choice = (name, ...options) => ({ name, type: 'choice', options });
const flag = (name, value) => ({ name, type: 'flag', value });
const needed = (parameter) => ({ ...parameter, needed: true });

const AFTER = number('after_bytes', 0);
const BY = number('by', 1, -1_000_000_000, 1_000_000_000);

/** Groups of kinds; `success`: passes by declines, `when` and `selects`: whether these arguments belong to it. */
// Made by sandbox/surface/make.py: faults
export const GROUPS = [
  ['connection', [
    { kind: 'close', own: [number('after_bytes', 0, 0, 1073741824)] },
    { kind: 'reset', own: [number('after_bytes', 0, 0, 1073741824)] },
    { kind: 'stall', own: [number('ms', '', 0, 3600000), number('after_bytes', 0, 0, 1073741824)] },
    { kind: 'trickle', own: [number('bytes', 1, 1, 1073741824), number('ms', 100, 1, 3600000)] },
    { kind: 'close_idle', own: [choice('at', 'next_byte', 'after_answer')], when: false },
    { kind: 'refuse_connections', own: [needed(number('ms', 3000, 1, 3600000)), flag('close_open', true)], selects: false, when: false },
    { kind: 'proxy_refusal', own: [number('status', 403, 400, 599)], selects: 'times', when: false },
  ]],
  ['http', [
    { kind: 'truncated_json', own: [number('bytes', '', 0, 1073741824)] },
    { kind: 'length_too_long', own: [number('by', 10, 1, 1073741824)] },
    { kind: 'length_too_short', own: [number('by', 10, 1, 1073741824)] },
    { kind: 'empty_body', own: [] },
    { kind: 'html', own: [] },
    { kind: 'redirect', own: [needed(text('location', 'http://127.0.0.1:9/')), choice('status', '302', '301', '303', '307', '308')] },
    { kind: 'status', own: [number('status', 500, 400, 599), choice('body', 'text', 'html', 'empty', 'receipt')] },
    { kind: 'huge_body', own: [number('bytes', 10485760, 1, 1073741824)] },
  ]],
  ['answer', [
    { kind: 'missing_key', own: [text('key', 'ResultCode')], success: true },
    { kind: 'result_code', own: [text('code', '0000')], success: true },
    { kind: 'letter_case', own: [choice('case', 'lower', 'upper')] },
    { kind: 'duplicate_key', own: [text('key', 'Price'), flag('conflicting', false)], success: true },
    { kind: 'bom', own: [] },
    { kind: 'euc_kr', own: [] },
    { kind: 'numbers', own: [], success: true },
    { kind: 'wrong_amount', own: [number('by', 1, -1000000000, 1000000000)], success: true },
    { kind: 'wrong_remaining', own: [number('by', 1, -1000000000, 1000000000)], success: true },
    { kind: 'wrong_tid', own: [text('echo', '')], success: true },
  ]],
];
// End of faults

export const KINDS = new Map(GROUPS.flatMap(([, kinds]) => kinds).map((kind) => [kind.kind, kind]));
