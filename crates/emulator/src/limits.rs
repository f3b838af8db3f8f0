//! How many writes per second are let through, where a limit is set.
//!
//! The vendor counts per service for what concerns the service, and per conversation for what concerns the
//! conversation. Reads are not counted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::call::Input;
use crate::core::Core;
use crate::error::Refusal;

/// Writes of the current second, by what they count for.
#[derive(Default)]
pub(crate) struct Limits {
    counts: Mutex<(i64, HashMap<String, u32>)>,
}

impl Limits {
    /// Counts a write, or refuses it.
    pub(crate) fn check(&self, core: &Core, input: &Input<'_>, writes: bool) -> Result<(), Refusal> {
        let Some(limit) = core.settings.rate_limit else { return Ok(()) };
        if !writes {
            return Ok(());
        }
        // `/v1[/Services/IS…]/Conversations/CH…` or less of it, if there is less.
        let segments = if input.raw_path.starts_with("/v1/Services/") { 6 } else { 4 };
        let counted: String = input.raw_path.split('/').take(segments).collect::<Vec<_>>().join("/");
        let second = core.clock.now().0.div_euclid(1000);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != second {
            *counts = (second, HashMap::new());
        }
        let count = counts.1.entry(counted).or_default();
        if *count >= limit {
            return Err(Refusal::new(429, 50063, "Actions per second limit exceeded"));
        }
        *count += 1;
        Ok(())
    }
}
