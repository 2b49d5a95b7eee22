//! The help texts: what follows `usage: PROGRAM COMMAND `.

macro_rules! settings {
    () => {
        "
settings; if not given, from the environment:
  --mid MID               merchant id (가맹점ID); PAYWELCOME_MID
  --environment NAME      test or production; PAYWELCOME_ENVIRONMENT
  --base-url URL          replaces the environment's host; PAYWELCOME_BASE_URL, unless --environment
                          is given
  --signature-format F    name_value (the default) or concatenated
  --timestamp-format F    kst, 14 digits (the default), or epoch_ms, 13 digits
"
    };
}

macro_rules! connection {
    () => {
        "  --required-echoes LIST  what a success must repeat: tid,price,remaining_price (the default), or
                          fewer
  --timeout SECONDS       for the whole call; 30 by default
  --proxy URL             replaces the environment's proxy
  --ca-bundle PATH        certificates to trust besides the bundled roots

The key is never an argument, because others on this machine could read it. It comes from
PAYWELCOME_SIGN_KEY or PAYWELCOME_MKEY; at a terminal, a missing key is asked for.
"
    };
}

macro_rules! ends {
    () => {
        "
It asks before real money moves: everywhere except at the test host and on this machine.
  --yes                   don't ask
  --json                  print the result as one line of JSON

exit codes: 0 done · 1 you said no · 2 an argument or a setting is wrong · 3 not sent · 4 declined
            5 unknown: the money may have moved. Check before you send it again.
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

Refunds a part of a payment (부분 취소). Sent twice, it may refund twice.

  --tid TID               the approval's transaction id (거래ID), even after earlier partial cancels
  --cancel-price AMOUNT   the amount to refund now: won, such as 3000 or 3,000; cents for USD
  --confirm-price AMOUNT  the amount that remains after it; 0 if it takes the rest
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --currency WORD         WON (the default) or USD
  --tax AMOUNT            부가세, only for merchants configured as '부가세 업체정함'
  --taxfree AMOUNT        비과세, only for the same merchants
",
    settings!(),
    connection!(),
    ends!()
);

pub(crate) const SIGN: &str = concat!(
    "[options]

Shows the signed text and the signature, to compare with another system. It sends nothing.

  --at TIME               the instant to sign, as milliseconds since 1970; now by default
  --json                  print one line of JSON
",
    settings!(),
    "
The key is never an argument, because others on this machine could read it. It comes from
PAYWELCOME_SIGN_KEY or PAYWELCOME_MKEY; at a terminal, a missing key is asked for.
"
);

pub(crate) const DOCTOR: &str = concat!(
    "[options]

Checks whether this machine can reach the gateway: contradicting settings, a damaged key, DNS, the
proxy and its source, a block of foreign addresses, the TLS versions of the host, and this machine's
clock against the gateway's. It says what to do about each problem. It requests the front page and
cancels nothing. It needs no key.

  --rehearsal FILE        compare settings and TLS with the findings of paywelcome rehearse
  --json                  print one line of JSON
",
    settings!(),
    connection!(),
    "
exit codes: 0 all is well · 2 an argument or a setting is wrong · 3 the gateway can't be reached,
            or its answers look wrong
"
);

pub(crate) const REHEARSE: &str = concat!(
    "--tid TID --price AMOUNT --pay-type TYPE [options]

Tests the gateway with an approved payment of yours, where its guide is silent, and writes the
findings to a file. At most that payment is refunded. It finds the accepted signatures, whether
confirmPrice prevents a second refund by a repeated cancel, the codes of declines, and the form of a
success. It asks before each request that may move money. After a stop or a kill, run the same
command to continue. Nothing is sent twice.

  --tid TID               the approval's transaction id (거래ID); omit it to continue
  --price AMOUNT          the approved amount: at least 1,000; 100 to 500 won if real money moves
  --pay-type TYPE         card, hpp (mobile), vbank (virtual account) or bank (transfer)
  --currency WORD         WON (the default) or USD
  --full-tid TID          a second payment, for full cancels; it may be added later
  --full-price AMOUNT     its approved amount
  --out FILE              the file; rehearsal.json by default. It holds no key and no signature
  --only-free             only the questions about a payment that does not exist
  --remaining AMOUNT      the remaining amount in the merchant admin (상점관리자), after an unknown
                          outcome
  --full-remaining AMOUNT the same for the second payment
  --show [FILE]           print the findings of a file, and changes since the previous run; sends
                          nothing
  --yes                   don't ask; if real money moves, a sentence must be typed all the same
  --lang ko|en            from LANG by default

A finished file and a new --tid start a new run, which shows what changed.
",
    settings!(),
    connection!(),
    "
exit codes: 0 complete · 1 you stopped it · 2 an argument, a setting or the file is wrong
            3 the gateway was not reached, or its answers look like a block
            4 no form of signature was accepted, or the partial cancel was declined
            5 unknown: money may have moved, or an unexpected success came. Check the payment in the
              merchant admin
"
);
