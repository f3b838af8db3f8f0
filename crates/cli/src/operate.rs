//! Commands that look after a whole account: `doctor`, `who`, `prune`; and the files of the program itself: shell
//! completions, man pages.

mod doctor;
mod interrupt;
mod pages;
mod prune;
mod reach;
mod who;

pub(crate) use self::{
    doctor::Doctor,
    pages::{Completions, Man},
    prune::Prune,
    who::Who,
};
