//! Runs conversations' timers when they are due.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::core::Core;

/// Runs until told to stop.
pub(crate) async fn run(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    loop {
        // What fails here fails for every caller of the API as well, and is told there.
        let _ = core.run_timers();
        let wait = match core.next_timer() {
            Some(due) if !core.clock.is_frozen() => due.0.saturating_sub(core.clock.now().0).max(1),
            _ => i64::from(u32::MAX),
        };
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(1));
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = core.timers.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
