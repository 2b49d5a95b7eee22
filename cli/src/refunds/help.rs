//! The help texts: what follows `usage: PROGRAM refunds COMMAND `.

macro_rules! store {
    () => {
        "
  --store STORE           sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE;
                          PAYWELCOME_STORE. Put a password into the variable, because others on this
                          machine can read arguments
  --mid MID               merchant id (가맹점ID); PAYWELCOME_MID
  --json                  print the result as one line of JSON
"
    };
}

macro_rules! policy {
    () => {
        "
the policy for refunds, the same for all workers:
  --confirm-price-enforced
                          state that the gateway refuses a partial cancel with a wrong confirmPrice;
                          a refund without an answer is then resent automatically after the quiet
                          time
  --rehearsal FILE        instead: the findings of paywelcome rehearse, if they prove this for this
                          merchant id and gateway; for refunds of the same pay type and currency
  --quiet SECONDS         how long after its time limit a request may still arrive; 600 by default,
                          and no less
"
    };
}

macro_rules! gateway {
    () => {
        "
the gateway; if not given, from the environment:
  --environment NAME      test or production; PAYWELCOME_ENVIRONMENT
  --base-url URL          replaces the environment's host; PAYWELCOME_BASE_URL, unless --environment
                          is given
  --timeout SECONDS       for one call; 30 by default
  --signature-format F, --timestamp-format F, --required-echoes LIST, --proxy URL, --ca-bundle PATH:
                          see cancel --help

The key is never an argument, because others on this machine could read it. It comes from
PAYWELCOME_SIGN_KEY or PAYWELCOME_MKEY; at a terminal, a missing key is asked for.
"
    };
}

macro_rules! ends {
    () => {
        "
exit codes: 0 done · 1 you said no, or the store failed or refused; nothing was sent
            2 an argument or a setting is wrong, or there is no such refund
"
    };
}

const JSON: &str = "
  --json                  print the result as one line of JSON
";
const OVERVIEW_STORE: &str =
    "  --store STORE   sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE;
                  PAYWELCOME_STORE\n";

/// A text as it is shown; without what names a store and a client where they are `open` already.
pub(crate) fn text(help: &str, is_open: bool) -> String {
    if !is_open {
        return help.to_owned();
    }
    help.replace(store!(), JSON).replace(policy!(), "").replace(gateway!(), "").replace(OVERVIEW_STORE, "")
}

pub(crate) use {ends, store};

pub(crate) const OVERVIEW: &str = "COMMAND [options]

Durable refunds in your own database. A refund is recorded before anything is sent, and sent at most
once. If no answer comes, a person must check.

  schema          print the tables as SQL, for a migration
  init            create the tables
  request KEY     record a refund; sends nothing
  import FILE     record the refunds of a file, all or none; sends nothing
  run             a worker: process due refunds until stopped
  process KEY     process one refund now; asks before real money moves
  status [KEY]    the number of refunds in each state; with a key, one refund and its journal
  review          the refunds that a person must check: case by case at a terminal, otherwise as a
                  list
  page            the same on a small web page of this machine
  resolve KEY done|void|retry|resend
                  record a person's ruling
  progress [NAME] the progress of batches; at a terminal with a bar, until workers have nothing left
  pause NAME, resume NAME
                  stop sending the refunds of a batch, or continue
  pace NAME N     how many refunds of a batch all workers together start a second
  void-unsent NAME
                  give up the unsent refunds of a paused batch
  reconcile FILE  compare a settlement file with the ledger
  restored        after a restore of the database: mark what it may have forgotten

options:
  --store STORE   sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE;
                  PAYWELCOME_STORE
  --help          after a command, its own help

exit codes: 0 done · 1 you said no, or the store failed or refused; nothing was sent
            2 an argument or a setting is wrong · of process also 3 not sent · 4 declined
            5 unknown: the money may have moved. Check before you refund it in another way.
";

pub(crate) const SCHEMA: &str = "--dialect sqlite|postgres|mysql

Prints the tables as SQL, for a migration. It needs no store and no key.

  --dialect NAME          sqlite, postgres or mysql; use mysql for MariaDB, too
";

pub(crate) const INIT: &str = concat!(
    "[options]

Creates missing tables, and the file of a SQLite store. It needs no key.
",
    store!(),
    ends!()
);

pub(crate) const REQUEST: &str = concat!(
    "KEY --tid TID --amount AMOUNT --paid AMOUNT --pay-type TYPE [options]

Records a refund. It sends nothing and needs no key: a worker, or process KEY, sends it. Repeating a
request returns the existing refund. A known key with other values is refused.

  KEY                     your own permanent name of the refund, such as the number of its row
  --tid TID               the approval's transaction id (거래ID)
  --amount AMOUNT         the amount to refund: won, such as 3000 or 3,000; cents for USD
  --paid AMOUNT           the approved amount of the payment
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --remaining AMOUNT      what remains, if parts were refunded elsewhere; the paid amount by default
  --currency WORD         WON (the default) or USD
  --tax AMOUNT            부가세, only for merchants configured as '부가세 업체정함'
  --taxfree AMOUNT        비과세, only for the same merchants
  --reference TEXT        your own text, never sent
  --batch NAME            the batch that the refund belongs to
",
    store!(),
    ends!()
);

macro_rules! file {
    () => {
        "
the file: a header and lines of fields, separated by `,` `;` or tabs. UTF-8 with or without a mark,
or CP949 (EUC-KR) as Excel writes it in Korea. Quotes as spreadsheets write them; a stray quote is
refused. Amounts may be 12000, \"12,000\" or 12,000원. Values that a spreadsheet destroyed, such as
1.23E+15, are refused.
  --column NAME=HEADER    the header of a column, if it is not recognized; may be repeated
  --only HEADER=VALUE     only lines with this value, such as 거래구분=취소; may be repeated
  --encoding NAME         utf-8, euc-kr or utf-16, if it can't be detected
"
    };
}

pub(crate) const IMPORT: &str = concat!(
    "FILE --batch NAME [options]

Records the refunds of a file as one batch. It sends nothing and needs no key: run --batch NAME
sends them. Either all lines are written or none, in one transaction. The first hundred bad lines
are named. Repeating the import changes nothing and says so. A known key with other values is
refused. It prints the number and sum of the refunds, and asks at a terminal.

  환불번호,거래ID,취소금액,결제금액,결제수단
  order-1-1,WPTST0000000001,\"12,000\",\"12,000\",신용카드
  order-2-1,WPTST0000000002,3000,12000,card

  --batch NAME            a name for these refunds, such as concert-17
  --check                 only validate the file, its lines alone and together; needs no store
  --yes                   don't ask

columns: key (환불번호: your own permanent name of each refund), tid (거래ID), amount (취소금액),
paid (결제금액: the approved amount), pay_type (결제수단: card, hpp, vbank, bank, or 신용카드,
휴대폰, 가상계좌, 계좌이체).
optional: remaining (what remained before the payment's first refund here), currency, tax, taxfree,
reference.
  --pay-type TYPE         for lines without a pay type
  --currency WORD         for lines without a currency; WON by default
",
    file!(),
    "
the batch, in the same transaction:
  --paused                start paused: nothing is sent before refunds resume NAME
  --pace NUMBER           at most so many refunds start a second, by all workers together
  --most-in-a-row NUMBER  pause after so many refunds in a row that are not done; 10 by default
  --most-percent NUMBER   or if so many percent of the latest 200 are not done; 25 by default
  --by NAME               who pauses it, with --paused
",
    store!(),
    "
exit codes: 0 recorded, or known already · 1 you said no, or the store failed or refused; nothing
            was recorded · 2 a line, an argument or a setting is wrong; nothing was recorded
"
);

pub(crate) const RECONCILE: &str = concat!(
    "FILE [options]

Compares a settlement file (정산내역), or the merchant admin's (상점관리자) export of cancels, with
the ledger. It sends nothing and needs no key. If the file shows a refund in review, the refund
becomes done. If it shows a declined or void refund, the refund goes to review. After a cancel that
belongs to no refund, the payment's next refund waits for a person, who passes what remains.
Ambiguous lines are not guessed: add the column remaining, or the cancels' own ids. Repeating a file
changes nothing. A contradictory file is refused: the same cancel id twice, or more than was paid.

  거래ID,취소거래ID,취소금액,취소후 남은금액,취소일시
  WPTST0000000001,WPTSTC000000001,\"12,000\",0,2026-03-01 14:05:09
  WPTST0000000002,,3000,9000,2026.03.01

  --since TIME            with --until: the file lists every cancel in this period, so others are
                          reported as missing
  --until TIME            such as 2026-03-01 (to its end) or 2026-03-01 14:05; Korean time
  --lang ko|en            the language of the texts; from LANG by default

columns: tid (거래ID), amount (취소금액, also negative), cancelled_at (취소일시, or 취소일자 with
cancel_time, 취소시간).
optional: remaining (취소 후 남은 금액), cancel_tid (취소거래ID).
",
    file!(),
    store!(),
    "
exit codes: 0 all agrees, or was closed · 1 the store failed or refused
            2 a line, an argument or a setting is wrong; nothing was written
            6 a person must check: something is contradicted, unknown, ambiguous, or done but not
              in the file
"
);

pub(crate) const RUN: &str = concat!(
    "[options]

Runs a worker: it processes due refunds until SIGTERM or Ctrl-C. Then it starts nothing new, and
ends when the results of its requests in flight are recorded, within the time limit of a call. Any
number may run at once, on any machine. It does not ask. It prints its merchant id and gateway.

  --pace NUMBER           at most so many refunds start a second; no limit by default
  --concurrency NUMBER    so many calls at once; 8 by default
  --batch NAME            only refunds of this batch
  --until-idle            end as soon as nothing is due
  --lang ko|en            the language of the texts; from LANG by default

With --batch it prints the batch's progress when it starts and ends.
",
    store!(),
    gateway!(),
    policy!(),
    ends!()
);

pub(crate) const PROCESS: &str = concat!(
    "KEY [options]

Sends a refund if it is due, records the result and prints it. If the refund is not due, nothing
happens. It asks before real money moves: everywhere except at the test host and on this machine.

  --yes                   don't ask
",
    store!(),
    gateway!(),
    policy!(),
    "
exit codes: 0 done · 1 you said no, or the store refused; nothing was sent
            2 an argument or a setting is wrong, or there is no such refund
            3 not sent: it is requested or void · 4 declined
            5 unknown: the money may have moved. Check before you refund it in another way.
"
);

pub(crate) const STATUS: &str = concat!(
    "[KEY] [options]

Prints the number of refunds in each state, how many are due, and which one has waited longest for a
person. With KEY, it prints one refund and its journal. It sends nothing and needs no merchant key.

  --lang ko|en            the language of the texts; from LANG by default
",
    store!(),
    policy!(),
    ends!()
);

pub(crate) const REVIEW: &str = concat!(
    "[options]

Shows the refunds that wait for a person, the longest waiting first: the reason, what to look for in
the merchant admin (상점관리자), and the possible rulings. At a terminal it shows case by case, and
a letter chooses a ruling. Otherwise it prints the list. It sends nothing and needs no key. A ruling
that lets a worker send real money must be confirmed with yes.

  --list                  print the list, even at a terminal
  --by NAME               who rules; asked for once if missing
  --lang ko|en            from LANG by default
  --limit NUMBER          at most so many; 500 by default
",
    store!(),
    policy!(),
    "
--environment, --base-url or their variables say whether the money is real. Without them it counts
as real.
",
    ends!()
);

pub(crate) const PAGE: &str = concat!(
    "[options]

Serves a small web page on this machine: the refunds that wait for a person, each with the reason,
what to look for, its journal and a form to rule. It prints an address with a token that admits one
browser, once. From another machine, reach it through ssh -L. It sends nothing and needs no key. A
ruling that lets a worker send real money must be confirmed with yes. Ctrl-C ends the page.

  --port NUMBER           any free port by default
  --host ADDRESS          127.0.0.1 (the default) or ::1; no other
  --by NAME               who rules; the form's initial value
  --lang ko|en            from LANG by default; the page has a link to change it
  --limit NUMBER          list at most so many; 100 by default
",
    store!(),
    policy!(),
    "
--environment, --base-url or their variables say whether the money is real. Without them it counts
as real.
",
    ends!()
);

pub(crate) const RESOLVE: &str = concat!(
    "KEY done|void|retry|resend --by NAME [options]

Records a person's ruling after a look in the merchant admin (상점관리자). It sends nothing itself.

  done                    the cancel is there
  void                    the cancel is not there and no longer wanted; also for a refund that was
                          only requested
  retry                   the cancel is not there but still wanted; a worker sends it again
  resend                  a worker sends the same cancel again; only with --confirm-price-enforced

void, retry and resend are refused before the quiet time is over. retry and resend ask before real
money moves.

  --by NAME               who decided
  --note TEXT             a note to keep
  --remaining AMOUNT      what the merchant admin shows as left; required after a restore
  --yes                   don't ask
",
    store!(),
    policy!(),
    "
retry and resend also need the gateway: --environment or --base-url, or their variables.
",
    ends!()
);

pub(crate) const RESTORED: &str = concat!(
    "--since TIME [options]

Run this after a restore of the database, or a fail-over that lost writes, before workers run again.
All open refunds go to review, at once or when their turn comes. A ruling on a payment with a
remaining amount then requires --remaining. It sends nothing and needs no key.

  --since TIME            the latest write that surely survived, such as 2026-03-01T14:05+09:00;
                          without an offset, Korean time
",
    store!(),
    ends!()
);
