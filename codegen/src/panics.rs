//! The engines panic on what they do not know; here that is an error like any other.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Whether a panic of this thread is caught, and its text becomes an error.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Does the work. A panic is an error with what it said, and says nothing on the standard error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    silence();
    let before = CAUGHT.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(before);
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("it panicked: {}", text.unwrap_or("without a message")))
    })
}

/// The hook belongs to the process, and other threads may panic meanwhile. So it is set once and stays, and passes on
/// every panic but those that this module catches on the thread where they happen.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // A thread that is about to end has no such value any more.
            if !CAUGHT.try_with(Cell::get).unwrap_or(false) {
                others(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::{env, process::Command, thread};

    use super::*;

    #[test]
    fn a_panic_is_an_error_with_what_it_said() {
        assert_eq!(caught(|| Ok(7)), Ok(7));
        assert_eq!(caught::<()>(|| Err("wrong".to_owned())), Err("wrong".to_owned()));
        assert_eq!(caught::<()>(|| panic!("wrong")), Err("it panicked: wrong".to_owned()));
        assert_eq!(caught::<()>(|| panic!("{} wrong", 2)), Err("it panicked: 2 wrong".to_owned()));
    }

    #[test]
    fn a_panic_without_a_message_is_an_error_too() {
        let problem = caught::<()>(|| panic::panic_any(7)).unwrap_err();
        assert_eq!(problem, "it panicked: without a message");
    }

    /// Panics of all kinds, for the test below to look at.
    #[test]
    fn panics_inside_and_outside() {
        assert!(caught::<()>(|| panic!("an engine's")).is_err());
        let inner = || {
            assert!(caught::<()>(|| panic!("an inner engine's")).is_err());
            panic!("an outer engine's")
        };
        assert!(caught::<()>(inner).is_err());
        assert!(panic::catch_unwind(|| panic!("a stranger's")).is_err());
        let other_thread = || thread::spawn(|| panic!("another thread's")).join().map_err(|_| "it ended".to_owned());
        assert_eq!(caught::<()>(other_thread), Err("it ended".to_owned()));
    }

    #[test]
    fn only_the_panics_that_are_caught_are_not_heard_of() {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "panics::tests::panics_inside_and_outside", "--nocapture"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(!said.contains("engine's"), "{said}");
        assert!(said.contains("a stranger's") && said.contains("another thread's"), "{said}");
    }
}
