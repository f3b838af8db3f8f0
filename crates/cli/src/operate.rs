//! Commands that look after a whole account: `doctor`, `who`, `prune`; and the files of the program itself: shell
//! completions, man pages.

mod interrupt;
mod prune;
mod reach;

pub(crate) use self::prune::Prune;
