//! The help texts of the commands of batches.

use crate::refunds::help::{ends, store};

pub(crate) const PROGRESS: &str = concat!(
    "[NAME] [options]

Prints the progress of a batch: number and sum of its refunds in each state, how many end a minute,
and the time left. At a terminal it updates every second, until workers have nothing left or Ctrl-C.
Otherwise it prints once. Without NAME it prints a line for each batch. It sends nothing and needs
no key.

  --once                  print once, even at a terminal
  --every SECONDS         update at this interval, 0.1 to 86,400; a line each where there is
                          no terminal
  --lang ko|en            from LANG by default
",
    store!(),
    ends!()
);

pub(crate) const PAUSE: &str = concat!(
    "NAME --by NAME [options]

Pauses a batch at once: each worker checks before its next request and starts no more of it.
Requests in flight end, and their results are recorded. It needs no key.

  --by NAME               who pauses; asked for at a terminal if missing
  --note TEXT             why
  --lang ko|en            from LANG by default
",
    store!(),
    ends!()
);

pub(crate) const RESUME: &str = concat!(
    "NAME --by NAME [options]

Continues a paused batch, and restarts the count of its error budget. Check first why it was paused:
progress NAME says so. It prints the sum to refund and asks, because workers then send real money:
everywhere except at the test host and on this machine. It needs no key.

  --by NAME               who resumes; asked for at a terminal if missing
  --yes                   don't ask
  --lang ko|en            from LANG by default
",
    store!(),
    "
--environment, --base-url or their variables say whether the money is real. Without them it counts
as real.
",
    ends!()
);

pub(crate) const VOID_UNSENT: &str = concat!(
    "NAME --by NAME [options]

Gives up the refunds of a paused batch that were never sent: they become void, permanently. Refunds
that were or may have been sent do not change. It prints number and sum, and asks. It needs no key.

  --by NAME               who gives up; asked for at a terminal if missing
  --note TEXT             why
  --yes                   don't ask
  --lang ko|en            from LANG by default
",
    store!(),
    ends!()
);

pub(crate) const PACE: &str = concat!(
    "NAME N [options]

Sets how many refunds of a batch all workers together start a second, from 0.001 to 10000; none
removes the limit. It may be changed while they run, and applies within a second. It needs no key.

  --lang ko|en            from LANG by default
",
    store!(),
    ends!()
);
