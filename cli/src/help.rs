//! The help texts; what they tell after `usage: PROGRAM COMMAND `.

macro_rules! settings {
    () => {
        "
settings, from the environment where they are not given:
  --mid MID               merchant id (가맹점ID); PAYWELCOME_MID
  --environment NAME      test or production; PAYWELCOME_ENVIRONMENT
  --base-url URL          replaces the environment's host; PAYWELCOME_BASE_URL, unless --environment is given
  --signature-format F    name_value (the default) or concatenated
  --timestamp-format F    kst, 14 digits (the default), or epoch_ms, 13 digits
"
    };
}

macro_rules! connection {
    () => {
        "  --required-echoes LIST  what a success must repeat: tid,price,remaining_price (the default), or less
  --timeout SECONDS       for everything together; 30 by default
  --proxy URL             in place of the environment's
  --ca-bundle PATH        certificates to trust besides the bundled roots

The key is never an argument, which others on this machine could read. It comes from PAYWELCOME_SIGN_KEY or
PAYWELCOME_MKEY, or it is asked for where there is a terminal.
"
    };
}

macro_rules! ends {
    () => {
        "
It asks before real money moves: anywhere but at the test host and on this machine.
  --yes                   don't ask
  --json                  tell the end as one line of JSON on standard output

exit codes: 0 done · 1 you said no · 2 an argument or a setting is wrong · 3 not sent · 4 declined
            5 unknown: the money may have moved. Don't send it again before you have looked.
"
    };
}

pub(crate) const CANCEL: &str = concat!(
    "--tid TID --price AMOUNT --pay-type TYPE [options]

Cancels a whole payment (전체 취소).

  --tid TID               the approval's transaction id (거래ID)
  --price AMOUNT          the exact approved total: won, such as 12000 or 12,000; cents for USD
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --currency WORD         WON (the default) or USD
  --cancel-type C         for a mobile network cancel (망취소)
",
    settings!(),
    connection!(),
    ends!()
);

pub(crate) const PARTIAL_CANCEL: &str = concat!(
    "--tid TID --cancel-price AMOUNT --confirm-price AMOUNT --pay-type TYPE [options]

Gives back a part of a payment (부분 취소). Asked for twice it may refund twice.

  --tid TID               the approval's transaction id (거래ID), also after earlier partial cancels
  --cancel-price AMOUNT   what to give back now: won, such as 3000 or 3,000; cents for USD
  --confirm-price AMOUNT  what remains after it; 0 when it takes the rest
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --currency WORD         WON (the default) or USD
  --tax AMOUNT            부가세, for merchants set up as '부가세 업체정함' only
  --taxfree AMOUNT        비과세, for the same merchants only
",
    settings!(),
    connection!(),
    ends!()
);

pub(crate) const SIGN: &str = concat!(
    "[options]

Shows what is signed and the signature, to compare with another system. It sends nothing.

  --at TIME               the instant to sign, as milliseconds since 1970; now by default
  --json                  as one line of JSON
",
    settings!(),
    "
The key is never an argument, which others on this machine could read. It comes from PAYWELCOME_SIGN_KEY or
PAYWELCOME_MKEY, or it is asked for where there is a terminal.
"
);

pub(crate) const DOCTOR: &str = concat!(
    "[options]

Looks whether this machine can reach the gateway: settings and whether they agree, a key that looks damaged, name,
proxy and why, a block of foreign addresses, which TLS the host offers, and this machine's clock against the gateway's.
It says what to do about each. It asks for the front page, and cancels nothing. A key is not needed.

  --rehearsal FILE        compare settings and TLS with what paywelcome rehearse has found
  --json                  as one line of JSON
",
    settings!(),
    connection!(),
    "
exit codes: 0 all is well · 2 an argument or a setting is wrong · 3 something keeps it from working
"
);

pub(crate) const REHEARSE: &str = concat!(
    "--tid TID --price AMOUNT --pay-type TYPE [options]

Asks the gateway what its guide leaves open, on a payment of yours that was approved for it, and writes what it finds to
a file. No answer costs more than that payment. It finds out which signatures are accepted, whether confirmPrice keeps a
cancel that is sent twice from giving back twice, the codes of refusals, and how a success is spelt. It asks before each
question that may move money. Stopped or killed at any moment, the same command goes on; nothing is sent twice.

  --tid TID               the approval's transaction id (거래ID); left out when it goes on
  --price AMOUNT          what was paid: at least 1,000; 100 to 500 won where real money moves
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --currency WORD         WON (the default) or USD
  --full-tid TID          a second payment, for full cancels; it may be added later
  --full-price AMOUNT     what was paid there
  --out FILE              the file; rehearsal.json by default. It holds no key and no signature
  --only-free             only the questions about a payment that does not exist
  --remaining AMOUNT      what you read as remaining in the merchant admin (상점관리자), after an unknown answer
  --full-remaining AMOUNT the same of the second payment
  --show [FILE]           print the findings of a file, and what changed since the run before; sends nothing
  --yes                   don't ask; where real money moves, a sentence has to be typed all the same
  --lang ko|en            as LANG says by default

A finished file and a new --tid begin a new run, which tells what changed.
",
    settings!(),
    connection!(),
    "
exit codes: 0 all was asked, and is known · 1 you stopped it · 2 an argument, a setting or the file is wrong
            3 the gateway was not reached, or every answer was that of a block
            4 no form of signature was accepted, or the partial cancel was declined
            5 unknown: money may have moved, or a success came that should not have. Look the payment up
"
);
