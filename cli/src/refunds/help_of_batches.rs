//! The help texts of the commands of batches.

use crate::refunds::help::{ends, store};

pub(crate) const PROGRESS: &str = concat!(
    "[NAME] [options]

Tells how far a batch has come: how many refunds, and how much, are in which state, how many end in a minute, and how
long that takes for the rest. At a terminal it looks again every second, until nothing is left for workers or Ctrl-C;
elsewhere it tells once. Without NAME it tells of all batches, a line each. It sends nothing and needs no key.

  --once                  tell once, also at a terminal
  --every SECONDS         look again after so many seconds; where there is no terminal, with a line each
  --lang ko|en            as LANG says by default
",
    store!(),
    ends!()
);

pub(crate) const PAUSE: &str = concat!(
    "NAME --by NAME [options]

Pauses a batch at once: workers begin nothing more of it, which each sees before its next request. What is under way
ends, and is written down. It needs no key.

  --by NAME               who pauses; asked for at a terminal
  --note TEXT             why
  --lang ko|en            as LANG says by default
",
    store!(),
    ends!()
);

pub(crate) const RESUME: &str = concat!(
    "NAME --by NAME [options]

Lets a paused batch go on. Its error budget begins anew. Look first at why it was paused: progress NAME tells it.
It tells how much is to go back and asks, since workers then send real money: anywhere but at the test host and on this
machine. It needs no key.

  --by NAME               who resumes; asked for at a terminal
  --yes                   don't ask
  --lang ko|en            as LANG says by default
",
    store!(),
    "
Whether money is real is told by --environment or --base-url, or their variables. Without them it is taken as real.
",
    ends!()
);

pub(crate) const VOID_UNSENT: &str = concat!(
    "NAME --by NAME [options]

Gives up what of a paused batch is requested and was never sent: it becomes void, for ever. What was sent, or may have
been, stays. It tells how much that is, and asks. It needs no key.

  --by NAME               who gives up; asked for at a terminal
  --note TEXT             why
  --yes                   don't ask
  --lang ko|en            as LANG says by default
",
    store!(),
    ends!()
);

pub(crate) const PACE: &str = concat!(
    "NAME N [options]

Sets how many refunds of a batch all workers together begin in a second, from 0.001 to 10000; none takes the limit away.
It may be changed while they run, and counts within a second. It needs no key.

  --lang ko|en            as LANG says by default
",
    store!(),
    ends!()
);
