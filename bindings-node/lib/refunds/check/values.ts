// Cases about one statement: what goes in and what comes out.

import { type Case, expect, listed, TABLE } from './kit.js'
import { ask } from '../steps.js'

const TEXTS = [
  '', ' ', '  spaces  ', '환불 요청', '가', '💸👍🏽', "it's", "''", '"quoted"', 'back\\slash', "\\'", '\\\\', '%', '%%', '%s',
  '%(name)s', '?', '??', '\\?', ':name', '::text', '$1', '$$', '{0}', '${x}', 'a\nb\r\nc\td', 'NULL', 'null', 'undefined',
  "'; DROP TABLE orders; --", 'true', '007', '1e5', '2026-11-29 12:00:00', '9223372036854775807', '1234567890123456789',
  '[1, 2]', '{"a": "b"}',
]

const LITERALS = ['%', '%%', '%s', '%d%%', '%(name)s', ':name', 'a::b', '@name', '$1', '$$', '{0}', '?', '??']

export const valueCases: Record<string, Case> = {
  text: {
    promise: 'What is written is read back letter by letter.',
    *run(kit) {
      for (const [at, wrote] of TEXTS.entries()) {
        const rows = yield* kit.rows(kit.first.query, kit.values(1), [wrote])
        expect(rows, [[wrote]], `the value ${JSON.stringify(wrote)}`)
        yield* kit.insert(kit.first.query, `text-${at}`, wrote)
        expect(yield* kit.read(kit.second.query, `text-${at}`), ['0', wrote], `the row with ${JSON.stringify(wrote)}`)
      }
    },
  },
  null: {
    promise: '`null` is NULL both ways, and is not the empty text.',
    *run(kit) {
      const rows = yield* kit.rows(kit.first.query, kit.values(3), [null, '', null])
      expect(rows, [[null, '', null]], 'null, the empty text, null')
      yield* kit.insert(kit.first.query, 'null', null)
      yield* kit.insert(kit.first.query, 'empty', '')
      const where = yield* kit.rows(kit.first.query, [`SELECT ${kit.text('id')} AS id FROM ${TABLE} WHERE note IS NULL`])
      expect(where, [['null']], 'the rows whose note is NULL')
      expect(yield* kit.read(kit.first.query, 'empty'), ['0', ''], 'the row with the empty text')
    },
  },
  digits: {
    promise: 'A number of 19 digits loses none of them, neither as a value nor as a column.',
    *run(kit) {
      for (const n of ['9223372036854775807', '-9223372036854775808', '9007199254740993', '0']) {
        yield* kit.insert(kit.first.query, `n${n}`, null, n)
        expect(yield* kit.read(kit.first.query, `n${n}`), [n, null], `the number ${n}`)
      }
    },
  },
  large: {
    promise: 'One value may be a megabyte of JSON, which stays a text.',
    *run(kit) {
      const wrote = JSON.stringify(Array.from({ length: 20_000 }, (_, at) => ({ key: `refund-${at}`, 이름: '환불 %s ? $1 \\' })))
      yield* kit.insert(kit.first.query, 'large', wrote)
      expect(yield* kit.read(kit.first.query, 'large'), ['0', wrote], 'a value of a megabyte')
    },
  },
  order: {
    promise: 'Values take their places in order, also more than nine of them, and two that are the same.',
    *run(kit) {
      const wrote = Array.from({ length: 24 }, (_, at) => String(at % 11))
      expect(yield* kit.rows(kit.first.query, kit.values(wrote.length), wrote), [wrote], '24 values')
    },
  },
  pieces: {
    promise: 'The text of a piece means itself, with values and without.',
    *run(kit) {
      for (const literal of LITERALS) {
        const alone = yield* kit.rows(kit.first.query, [`SELECT '${literal}' AS a`])
        expect(alone, [[literal]], `a statement without values that holds ${literal}`)
        const pieces = [`SELECT '${literal}' AS a, ${kit.text('7 % 4')} AS b, CAST(`, `${kit.asText} AS c, '${literal}' AS d`]
        const rows = yield* kit.rows(kit.first.query, pieces, ['%s'])
        expect(rows, [[literal, '3', '%s', literal]], `a statement with a value that holds ${literal}`)
      }
      if (kit.dialect === 'postgres') {
        const has = [`SELECT CAST(CAST('{"a": 1}' AS jsonb) ? CAST(`, ' AS text) AS text) AS has']
        expect(yield* kit.rows(kit.first.query, has, ['a']), [['true']], 'the operator ? of jsonb')
      }
      yield* kit.insert(kit.first.query, 'one%two')
      const like = yield* kit.rows(kit.first.query, [`SELECT ${kit.text('id')} AS id FROM ${TABLE} WHERE id LIKE '%e%t%'`])
      expect(like, [['one%two']], "LIKE '%e%t%'")
    },
  },
  columns: {
    promise: 'Columns come in order as text or null, and are not taken for dates, numbers or JSON.',
    *run(kit) {
      yield* kit.insert(kit.first.query, 'b', '[1]', '2')
      yield* kit.insert(kit.first.query, 'a', null, '1')
      const count = kit.text(`(SELECT count(*) FROM ${TABLE})`)
      const columns = `${kit.text('id')} AS z_id, ${kit.text('n')} AS n, note AS a_note, '2026-11-29' AS y, ${count} AS x`
      const rows = yield* kit.rows(kit.first.query, [`SELECT ${columns} FROM ${TABLE} ORDER BY id`])
      expect(rows, [['a', '1', null, '2026-11-29', '2'], ['b', '2', '[1]', '2026-11-29', '2']], 'two rows of five columns')
    },
  },
  noRows: {
    promise: 'A statement that gives no rows gives an empty array, whatever kind of statement it is.',
    *run(kit) {
      const { query } = kit.first
      expect(yield* kit.rows(query, [`SELECT note FROM ${TABLE}`]), [], 'the rows of a SELECT that finds none')
      expect(listed(yield* kit.insert(query, 'row')), [], 'the rows of an INSERT')
      expect(listed(yield* kit.update(query, 'row', 'n = 1')), [], 'the rows of an UPDATE')
      expect(listed(yield* kit.update(query, 'absent', 'n = 1')), [], 'the rows of an UPDATE that changes none')
      const index = `CREATE INDEX paywelcome_contract_index ON ${TABLE} (n)`
      expect(listed(yield* ask(query([index], []))), [], 'the rows of a CREATE INDEX')
      expect(yield* kit.read(query, 'row'), ['1', null], 'the row after that')
    },
  },
  changingSelect: {
    promise: 'On PostgreSQL, a SELECT that changes rows is run once, is committed, and gives its rows.',
    *run(kit) {
      if (kit.dialect !== 'postgres') return
      yield* kit.insert(kit.first.query, 'row', 'before')
      const pieces = [
        `WITH changed AS (UPDATE ${TABLE} SET n = n + 1, note = CAST(`,
        ' AS text) WHERE id = CAST(',
        ' AS text) RETURNING n, note) SELECT CAST(n AS text) AS n, note FROM changed',
      ]
      expect(yield* kit.rows(kit.first.query, pieces, ['after', 'row']), [['1', 'after']], 'the rows of a WITH that updates')
      expect(yield* kit.read(kit.second.query, 'row'), ['1', 'after'], 'the row as the second store sees it')
    },
  },
  onConflict: {
    promise: 'A row that is there already is neither changed nor an error.',
    *run(kit) {
      const end = kit.dialect === 'mysql' ? ' ON DUPLICATE KEY UPDATE id = id' : ' ON CONFLICT (id) DO NOTHING'
      const pieces = [`INSERT INTO ${TABLE} (id, n, note) VALUES (CAST(`, `${kit.asText}, 0, CAST(`, `${kit.asText})${end}`]
      for (const note of ['first', 'second']) {
        expect(listed(yield* ask(kit.first.query(pieces, ['row', note]))), [], 'the rows of an INSERT that may find a row')
      }
      expect(yield* kit.read(kit.first.query, 'row'), ['0', 'first'], 'the row after two INSERTs')
    },
  },
  stepping: {
    promise: 'A statement that begins with WITH gives its rows, also where it steps from row to row and has many values.',
    *run(kit) {
      for (const name of ['a', 'b', 'c']) yield* kit.insert(kit.first.query, name)
      const after = `SELECT id FROM ${TABLE} WHERE id >`
      const start = `WITH RECURSIVE s (id) AS (SELECT (${after} '' ORDER BY id LIMIT 1) UNION ALL `
      const step = `SELECT (${after} s.id ORDER BY id LIMIT 1) FROM s WHERE s.id IS NOT NULL) `
      const wanted = ['b', ...Array.from({ length: 150 }, (_, at) => `none-${at}`)]
      const first = `${start}${step}SELECT ${kit.text('s.id')} AS id FROM s WHERE s.id IN (CAST(`
      const pieces = [first, ...wanted.slice(1).map(() => `${kit.asText}, CAST(`), `${kit.asText})`]
      expect(yield* kit.rows(kit.first.query, pieces, wanted), [['b']], 'the rows of a WITH RECURSIVE that has 151 values')
    },
  },
  countedUp: {
    promise: 'A row that is added to by one statement is made by the first of them, and keeps what each has added.',
    *run(kit) {
      const end = kit.dialect === 'mysql' ? 'ON DUPLICATE KEY UPDATE' : 'ON CONFLICT (id) DO UPDATE SET'
      const pieces = [`INSERT INTO ${TABLE} (id, n, note) VALUES (CAST(`, `${kit.asText}, 1, 'd') ${end} n = ${TABLE}.n + 1`]
      for (const store of [kit.first, kit.second, kit.first]) {
        expect(listed(yield* ask(store.query(pieces, ['row']))), [], 'the rows of an INSERT that adds to a row')
      }
      expect(yield* kit.read(kit.first.query, 'row'), ['3', 'd'], 'the row after three of them')
    },
  },
}
