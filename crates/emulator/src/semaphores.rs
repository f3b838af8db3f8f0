//! Semaphores by key. They exist while they are held.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

/// Semaphores with the same number of permits for each key.
#[derive(Debug)]
pub(crate) struct Semaphores {
    permits: usize,
    by_key: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Semaphores {
    pub(crate) fn new(permits: usize) -> Self {
        Self { permits, by_key: Mutex::default() }
    }

    /// The semaphore of a key. Semaphores that are no longer held are dropped.
    pub(crate) fn get(&self, key: String) -> Arc<Semaphore> {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if !by_key.contains_key(&key) {
            by_key.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        by_key.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.permits))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_semaphore_of_its_own_for_as_long_as_it_is_held() {
        let semaphores = Semaphores::new(1);
        let (one, other) = (semaphores.get("a".to_owned()), semaphores.get("b".to_owned()));
        assert!(Arc::ptr_eq(&one, &semaphores.get("a".to_owned())));
        assert!(!Arc::ptr_eq(&one, &other));
        drop(other);
        semaphores.get("c".to_owned());
        assert_eq!(semaphores.by_key.lock().unwrap().len(), 2, "a and c");
    }
}
