//! The faults of a running emulator: the list, and how many requests each was injected into.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use super::fault::{Fault, Kind};
use super::spec::Spec;
use crate::error::Error;
use crate::sid::Ids;

/// Most faults that an emulator has at once.
pub(crate) const FAULTS_LIMIT: usize = 100;

/// All faults of an emulator. They can be changed while it runs.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Whether the list has entries. Requests read only this flag while there are no faults.
    any: AtomicBool,
    list: RwLock<(u64, Vec<Active>)>,
}

/// A fault, and the number of requests that it was injected into.
#[derive(Debug)]
struct Active {
    id: u64,
    fault: Fault,
    strikes: AtomicU64,
}

/// A fault of a running emulator.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ActiveFault {
    /// Number of the fault, ascending in the order in which faults were added. It is not used again, even after the
    /// fault is removed.
    pub id: u64,
    /// The fault.
    pub fault: Fault,
    /// Number of requests that it was injected into.
    pub strikes: u64,
}

/// The effects of faults on one request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FaultEffects {
    /// A response in place of the real one: status and `Retry-After`.
    pub(crate) response: Option<(u16, Option<u32>)>,
    pub(crate) cut: bool,
    pub(crate) cut_after: bool,
    pub(crate) delay: Duration,
}

impl Faults {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let new = Self::default();
        new.reset(faults);
        new
    }

    /// Selects the faults for a request, each at its rate. All delays apply; of the other faults only the first that is
    /// selected does.
    pub(crate) fn inject(&self, operation: &str, ids: &Ids) -> Option<FaultEffects> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let mut effects = FaultEffects::default();
        let mut is_decided = false;
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        for active in &list.1 {
            let kind = active.fault.kind;
            let is_delay = matches!(kind, Kind::Slow(_));
            if (is_decided && !is_delay) || !active.applies(operation, ids) {
                continue;
            }
            is_decided |= !is_delay;
            match kind {
                Kind::TooMany { retry_after } => effects.response = Some((429, Some(retry_after))),
                Kind::Status(status) => effects.response = Some((status, None)),
                Kind::Cut => effects.cut = true,
                Kind::CutAfter => effects.cut_after = true,
                Kind::Slow(delay) => effects.delay += delay,
            }
        }
        Some(effects)
    }

    pub(crate) fn list(&self) -> Vec<ActiveFault> {
        self.list.read().unwrap_or_else(PoisonError::into_inner).1.iter().map(Active::shown).collect()
    }

    /// Adds faults, all or none. Returns them with their numbers.
    pub(crate) fn add(&self, faults: &[Fault], spec: &Spec) -> Result<Vec<ActiveFault>, Error> {
        check(faults, spec)?;
        self.put(faults, false, FAULTS_LIMIT).ok_or_else(too_many)
    }

    /// Replaces all faults.
    pub(crate) fn set(&self, faults: &[Fault], spec: &Spec) -> Result<Vec<ActiveFault>, Error> {
        check(faults, spec)?;
        self.put(faults, true, FAULTS_LIMIT).ok_or_else(too_many)
    }

    /// Removes a fault. Returns whether it existed.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let before = list.1.len();
        list.1.retain(|active| active.id != id);
        self.any.store(!list.1.is_empty(), Ordering::Relaxed);
        list.1.len() < before
    }

    /// Replaces all faults with those that the emulator was started with.
    pub(crate) fn reset(&self, faults: &[Fault]) {
        self.put(faults, true, usize::MAX);
    }

    /// Adds faults; with `replaces` the present ones are removed first. Returns `None` and changes nothing if the result
    /// would exceed the limit.
    fn put(&self, faults: &[Fault], replaces: bool, limit: usize) -> Option<Vec<ActiveFault>> {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let (latest, active) = &mut *list;
        let kept = if replaces { 0 } else { active.len() };
        if kept + faults.len() > limit {
            return None;
        }
        active.truncate(kept);
        let first = active.len();
        for fault in faults {
            *latest += 1;
            active.push(Active { id: *latest, fault: fault.clone(), strikes: AtomicU64::new(0) });
        }
        self.any.store(!active.is_empty(), Ordering::Relaxed);
        Some(active[first..].iter().map(Active::shown).collect())
    }
}

/// Checks that each fault applies to at least one operation.
fn check(faults: &[Fault], spec: &Spec) -> Result<(), Error> {
    for fault in faults {
        if !spec.endpoints().iter().any(|operation| operation.id.contains(&fault.operation)) {
            let problem = format!("no operation has {:?} in its id", fault.operation);
            return Err(Error::new(format!("cannot use {:?} as a fault: {problem}", fault.to_string())));
        }
    }
    Ok(())
}

fn too_many() -> Error {
    Error::new(format!("cannot have more than {FAULTS_LIMIT} faults at once"))
}

impl Active {
    /// Whether the fault is injected into a request of this operation, at its rate and up to its maximum. Counts the
    /// request if so.
    fn applies(&self, operation: &str, ids: &Ids) -> bool {
        let Fault { rate, operation: part, times, .. } = &self.fault;
        if !operation.contains(&**part) || !ids.chance(*rate) {
            return false;
        }
        let count = |strikes| times.is_none_or(|times| strikes < times).then_some(strikes + 1);
        self.strikes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_ok()
    }

    fn shown(&self) -> ActiveFault {
        ActiveFault { id: self.id, fault: self.fault.clone(), strikes: self.strikes.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Vec<Fault> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn strikes(faults: &Faults) -> Vec<u64> {
        faults.list().iter().map(|fault| fault.strikes).collect()
    }

    #[test]
    fn a_fault_applies_to_its_operations_only() {
        let faults = Faults::new(&faults(&["503:Create", "cut@0"]));
        assert_eq!(faults.inject("CreateService", &Ids::default()).unwrap().response, Some((503, None)));
        assert!(faults.inject("FetchService", &Ids::default()).unwrap().response.is_none());
        assert!(!faults.inject("FetchService", &Ids::default()).unwrap().cut);
        assert_eq!(strikes(&faults), [1, 0]);
        assert!(Faults::default().inject("FetchService", &Ids::default()).is_none());
    }

    #[test]
    fn only_the_first_fault_that_ends_a_request_is_injected_and_delays_add_up() {
        let faults = Faults::new(&faults(&["slow=1", "503", "cut", "slow=2", "429", "cut-after"]));
        let effects = faults.inject("FetchService", &Ids::default()).unwrap();
        assert_eq!(effects.response, Some((503, None)));
        assert!(!effects.cut && !effects.cut_after);
        assert_eq!(effects.delay, Duration::from_millis(3));
        assert_eq!(strikes(&faults), [1, 1, 0, 1, 0, 0]);
    }

    #[test]
    fn a_fault_is_injected_up_to_its_maximum_and_then_the_next_one() {
        let twice = "503".parse::<Fault>().unwrap().times(2);
        let never = "504".parse::<Fault>().unwrap().times(0);
        let faults = Faults::new(&[never, twice, "500".parse().unwrap()]);
        let statuses: Vec<_> =
            (0..4).map(|_| faults.inject("x", &Ids::default()).unwrap().response.unwrap().0).collect();
        assert_eq!(statuses, [503, 503, 500, 500]);
        assert_eq!(strikes(&faults), [0, 2, 2]);
    }

    #[test]
    fn strikes_are_counted_across_threads() {
        let faults = Faults::new(&["503".parse::<Fault>().unwrap().times(1000)]);
        let injected: usize = std::thread::scope(|scope| {
            let count =
                || (0..1000).filter(|_| faults.inject("x", &Ids::default()).unwrap().response.is_some()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((injected, strikes(&faults)), (1000, vec![1000]));
    }

    #[test]
    fn faults_beyond_the_limit_or_without_an_operation_change_nothing() {
        let spec = Spec::get().unwrap();
        let all = Faults::new(&faults(&["503"]));
        for bad in [vec!["503"; FAULTS_LIMIT], vec!["500", "503:Nothing"]] {
            all.add(&faults(&bad), spec).unwrap_err();
            assert_eq!(all.list().len(), 1);
        }
        all.set(&faults(&vec!["503"; FAULTS_LIMIT + 1]), spec).unwrap_err();
        assert_eq!(all.list()[0].id, 1);
        assert_eq!(all.set(&faults(&vec!["503"; FAULTS_LIMIT]), spec).unwrap().len(), FAULTS_LIMIT);
    }

    #[test]
    fn numbers_of_faults_are_not_used_again() {
        let spec = Spec::get().unwrap();
        let all = Faults::new(&faults(&["503", "500"]));
        assert!(all.remove(2) && !all.remove(2) && !all.remove(7));
        assert_eq!(all.add(&faults(&["cut"]), spec).unwrap()[0].id, 3);
        assert!(all.remove(1) && all.remove(3));
        assert!(all.inject("x", &Ids::default()).is_none());
    }
}
