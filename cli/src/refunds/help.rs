//! The help texts; what they tell after `usage: PROGRAM refunds COMMAND `.

macro_rules! store {
    () => {
        "
  --store STORE           sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE; PAYWELCOME_STORE.
                          Put a password into the variable: others on this machine can read arguments
  --mid MID               merchant id (가맹점ID); PAYWELCOME_MID
  --json                  tell it as one line of JSON on standard output
"
    };
}

macro_rules! policy {
    () => {
        "
how refunds are treated, the same for all workers:
  --confirm-price-enforced  state that the gateway refuses a partial cancel whose confirmPrice does not fit; then a
                            refund without an answer is sent again by itself after the quiet time
  --rehearsal FILE          in its place: what paywelcome rehearse has written; counts where it has proven that for this
                            merchant id at this gateway, for refunds of the same pay type and currency
  --quiet SECONDS           how long after its time limit a request may still arrive; 600 by default and at least
"
    };
}

macro_rules! gateway {
    () => {
        "
the gateway, from the environment where it is not given:
  --environment NAME      test or production; PAYWELCOME_ENVIRONMENT
  --base-url URL          replaces the environment's host; PAYWELCOME_BASE_URL, unless --environment is given
  --timeout SECONDS       for one call; 30 by default
  --signature-format F, --timestamp-format F, --required-echoes LIST, --proxy URL, --ca-bundle PATH: see cancel --help

The key is never an argument, which others on this machine could read. It comes from PAYWELCOME_SIGN_KEY or
PAYWELCOME_MKEY, or it is asked for where there is a terminal.
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
  --json                  tell it as one line of JSON on standard output
";
const OVERVIEW_STORE: &str =
    "  --store STORE   sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE; PAYWELCOME_STORE\n";

/// A text as it is shown; without what names a store and a client where they are `open` already.
pub(crate) fn text(help: &str, is_open: bool) -> String {
    if !is_open {
        return help.to_owned();
    }
    help.replace(store!(), JSON).replace(policy!(), "").replace(gateway!(), "").replace(OVERVIEW_STORE, "")
}

pub(crate) use {ends, store};

pub(crate) const OVERVIEW: &str = "COMMAND [options]

Refunds that outlive a call, in a database of your own. A refund is written down before anything is sent. It is sent
at most once; where no answer came, a person has to look.

  schema          print the tables as SQL, to be put into a migration
  init            create the tables
  request KEY     write a refund down; sends nothing
  import FILE     write the refunds of a file down, all or none; sends nothing
  run             a worker: process what is due until it is told to stop
  process KEY     process one refund now; asks before real money moves
  status [KEY]    how many refunds are in which state; with a key, one refund and its journal
  review          what a person has to look at: one case after the other at a terminal, else as a list
  page            the same on a small web page of this machine
  resolve KEY done|void|retry|resend
                  write down what a person found
  progress [NAME] how far batches have come; at a terminal with a bar, until nothing is left for workers
  pause NAME, resume NAME
                  a batch: have workers send nothing more of it, or go on
  pace NAME N     how many of a batch all workers together begin in a second
  void-unsent NAME
                  give up what of a paused batch was not sent
  reconcile FILE  hold a settlement file against what is written down
  restored        after a restore of the database: doubt what it may have forgotten

options:
  --store STORE   sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE; PAYWELCOME_STORE
  --help          after a command, its own help

exit codes: 0 done · 1 you said no, or the store failed or refused; nothing was sent
            2 an argument or a setting is wrong · of process also 3 not sent · 4 declined
            5 unknown: the money may have moved. Don't refund it in another way before you have looked.
";

pub(crate) const SCHEMA: &str = "--dialect sqlite|postgres|mysql

Prints the tables as SQL, to be put into a migration of yours. It needs no store and no key.

  --dialect NAME          sqlite, postgres or mysql; mysql is for MariaDB, too
";

pub(crate) const INIT: &str = concat!(
    "[options]

Creates the tables where they are missing. Of a SQLite store it makes the file. It needs no key.
",
    store!(),
    ends!()
);

pub(crate) const REQUEST: &str = concat!(
    "KEY --tid TID --amount AMOUNT --paid AMOUNT --pay-type TYPE [options]

Writes a refund down. It sends nothing and needs no key: a worker, or process KEY, sends it. The same request again
gives what is there; a known key with other values is refused.

  KEY                     your own name of the refund, which stays the same: such as the number of its row
  --tid TID               the approval's transaction id (거래ID)
  --amount AMOUNT         what is to go back: won, such as 3000 or 3,000; cents for USD
  --paid AMOUNT           what the payment was approved for
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --remaining AMOUNT      what remains where parts went back in another way; all that was paid by default
  --currency WORD         WON (the default) or USD
  --tax AMOUNT            부가세, for merchants set up as '부가세 업체정함' only
  --taxfree AMOUNT        비과세, for the same merchants only
  --reference TEXT        a text of your own, which is never sent
  --batch NAME            for refunds that belong together
",
    store!(),
    ends!()
);

macro_rules! file {
    () => {
        "
the file: lines of fields, with `,` `;` or tabs between them, the first one a header. UTF-8 with a mark or without, or CP949
(EUC-KR) as Excel writes it in Korea. Quotes as spreadsheets write them; a stray one is refused. Amounts may be 12000,
\"12,000\" or 12,000원. What a spreadsheet has destroyed, such as the number 1.23E+15, is refused.
  --column NAME=HEADER    which header a column has, where it is not known by itself; as often as needed
  --only HEADER=VALUE     only lines that say so, such as 거래구분=취소; as often as needed
  --encoding NAME         utf-8, euc-kr or utf-16, where the content does not tell
"
    };
}

pub(crate) const IMPORT: &str = concat!(
    "FILE --batch NAME [options]

Writes the refunds of a file down, as one batch. It sends nothing and needs no key: run --batch NAME sends them. All lines
are written or none, in one transaction. Each line that is wrong is named, the first hundred of them. The same file a
second time changes nothing and says so; a known key with other values is refused. It tells how many refunds of how much
it writes, and asks at a terminal.

  환불번호,거래ID,취소금액,결제금액,결제수단
  order-1-1,WPTST0000000001,\"12,000\",\"12,000\",신용카드
  order-2-1,WPTST0000000002,3000,12000,card

  --batch NAME            a name for these refunds, such as concert-17
  --check                 only look for what is wrong with the file; needs no store
  --yes                   don't ask

columns: key (환불번호: your own name of each refund, which stays the same), tid (거래ID), amount (취소금액), paid (결제금액:
what the payment was approved for), pay_type (결제수단: card, hpp, vbank, bank, or 신용카드, 휴대폰, 가상계좌, 계좌이체);
and where needed remaining (what remained before the payment's first refund here), currency, tax, taxfree, reference.
  --pay-type TYPE         for all lines that say none
  --currency WORD         for all lines that say none; WON by default
",
    file!(),
    "
the batch, in the same transaction:
  --paused                paused from the beginning: nothing is sent before refunds resume NAME
  --pace NUMBER           how many are begun in a second at most, by all workers together
  --most-in-a-row NUMBER  it pauses by itself after so many in a row that are not done; 10 by default
  --most-percent NUMBER   or when so many of a hundred of the latest 200 are not done; 25 by default
  --by NAME               who pauses it, with --paused
",
    store!(),
    "
exit codes: 0 written, or known already · 1 you said no, or the store failed or refused; nothing was written
            2 a line, an argument or a setting is wrong; nothing was written
"
);

pub(crate) const RECONCILE: &str = concat!(
    "FILE [options]

Holds a settlement file (정산내역), or the merchant admin's (상점관리자) export of cancels, against what is written down. It sends
nothing and needs no key. A refund in review that the file shows is done. One that was declined or given up and is shown goes
to review. A cancel that no refund is makes the payment's next refund wait for a person, who passes what remains. What fits
several explanations is not guessed: give the column remaining, or the cancels' own ids. The same file a second time changes
nothing. A file that can't be true is refused: a cancel's id twice, or more than was paid.

  거래ID,취소거래ID,취소금액,취소후 남은금액,취소일시
  WPTST0000000001,WPTSTC000000001,\"12,000\",0,2026-03-01 14:05:09
  WPTST0000000002,,3000,9000,2026.03.01

  --since TIME            with --until: the file lists every cancel between these; what it does not show is then missing
  --until TIME            such as 2026-03-01 (to the end of that day) or 2026-03-01 14:05; in Korea
  --lang ko|en            for what a person is told; as LANG says by default

columns: tid (거래ID), amount (취소금액, also negative), cancelled_at (취소일시, or 취소일자 with cancel_time, 취소시간); and where the
file has them remaining (취소 후 남은 금액) and cancel_tid (취소거래ID).
",
    file!(),
    store!(),
    "
exit codes: 0 all agrees, or was closed · 1 the store failed or refused
            2 a line, an argument or a setting is wrong; nothing was written
            6 a person has to look: something is contradicted, unknown, ambiguous, or done and not shown
"
);

pub(crate) const RUN: &str = concat!(
    "[options]

A worker: it processes what is due until SIGTERM or Ctrl-C. Then it begins nothing new, and ends when all that is under
way is written down, within the time limit of a call. Several may run at once, also on other machines.
It does not ask: it says for whom it works, and at which gateway.

  --pace NUMBER           how many are begun in a second at most; no limit by default
  --concurrency NUMBER    how many are under way at once; 8 by default
  --batch NAME            only refunds of this batch
  --until-idle            end as soon as nothing is due
  --lang ko|en            for what is told of a batch; as LANG says by default

With --batch it tells how far the batch is, before it begins and at its end.
",
    store!(),
    gateway!(),
    policy!(),
    ends!()
);

pub(crate) const PROCESS: &str = concat!(
    "KEY [options]

Sends a refund if it is its turn, writes down what came of it, and tells it. Where nothing is to be done, nothing is.
It asks before real money moves: anywhere but at the test host and on this machine.

  --yes                   don't ask
",
    store!(),
    gateway!(),
    policy!(),
    "
exit codes: 0 done · 1 you said no, or the store refused; nothing was sent
            2 an argument or a setting is wrong, or there is no such refund
            3 not sent: it is requested or void · 4 declined
            5 unknown: the money may have moved. Don't refund it in another way before you have looked.
"
);

pub(crate) const STATUS: &str = concat!(
    "[KEY] [options]

Tells how many refunds are in which state, how many are due, and which one waits longest for a person. With a key, it
tells one refund and its journal. It sends nothing and needs no key of the merchant's.

  --lang ko|en            for what a person is told; as LANG says by default
",
    store!(),
    policy!(),
    ends!()
);

pub(crate) const REVIEW: &str = concat!(
    "[options]

What waits for a person, from the longest waiting on: why, what to look for in the merchant admin (상점관리자), and what
can be ruled then. At a terminal it shows one case after the other and takes a letter for each ruling; elsewhere it
prints the list. It sends nothing and needs no key. A ruling by which a worker sends real money has to be confirmed
with yes.

  --list                  print the list, also at a terminal
  --by NAME               who rules; asked for once where it is not given
  --lang ko|en            as LANG says by default
  --limit NUMBER          how many at most; 500 by default
",
    store!(),
    policy!(),
    "
Whether money is real is told by --environment or --base-url, or their variables. Without them it is taken as real.
",
    ends!()
);

pub(crate) const PAGE: &str = concat!(
    "[options]

A small page on this machine for teams without one of their own: what waits for a person, with why, what to look for,
its journal and a form to rule. It prints an address with a token, which lets one browser in, once; on another machine
reach it through ssh -L. It sends nothing and needs no key. A ruling by which a worker sends real money has to be
confirmed with yes. Ctrl-C ends the page.

  --port NUMBER           any free one by default
  --host ADDRESS          127.0.0.1 (the default) or ::1; no other
  --by NAME               who rules, as the form says it at first
  --lang ko|en            as LANG says by default; the page has a link to change it
  --limit NUMBER          how many are listed at most; 100 by default
",
    store!(),
    policy!(),
    "
Whether money is real is told by --environment or --base-url, or their variables. Without them it is taken as real.
",
    ends!()
);

pub(crate) const RESOLVE: &str = concat!(
    "KEY done|void|retry|resend --by NAME [options]

Writes down what a person found who has looked in the merchant admin (상점관리자). It sends nothing by itself.

  done                    the cancel is there
  void                    it is not, and the refund is given up; also takes back what was only requested
  retry                   it is not, and a worker asks for it anew
  resend                  a worker sends the same cancel once more; only with --confirm-price-enforced

void, retry and resend are refused before the quiet time is over. retry and resend ask before real money moves.

  --by NAME               who decided
  --note TEXT             what else is worth keeping
  --remaining AMOUNT      what the merchant admin shows as left; needed after a restore of the store
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

For after a restore of the database, or a fail-over that lost writes; before workers run again. All refunds that have
not ended go to review, at once or when their turn comes. A ruling on any payment of which something remains then needs
--remaining. It sends nothing and needs no key.

  --since TIME            of the latest write that surely is there: 2026-03-01T14:05+09:00; without an offset, in Korea
",
    store!(),
    ends!()
);
