//! Admission: how much is in work at once is decided before it is read, not hoped for afterwards.

use std::sync::{Condvar, Mutex, PoisonError};

/// A budget of bytes, shared by those who take from it.
#[derive(Debug)]
pub struct Admission {
    budget: u64,
    taken: Mutex<u64>,
    freed: Condvar,
}

/// What was taken; given back when dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    admission: &'a Admission,
    bytes: u64,
}

impl Admission {
    /// A budget of so many bytes.
    pub fn new(budget: u64) -> Admission {
        Admission { budget: budget.max(1), taken: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits until there is room for so many bytes. What is larger than the budget runs alone.
    pub fn take(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.clamp(1, self.budget);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken + bytes > self.budget {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
        Permit { admission: self, bytes }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.admission.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.admission.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn never_more_than_the_budget_is_in_work() {
        let (admission, now, most) = (Admission::new(10), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|s| {
            for bytes in [4, 4, 7, 3, 25, 10, 1, 0] {
                let (admission, now, most) = (&admission, &now, &most);
                s.spawn(move || {
                    let permit = admission.take(bytes);
                    let sum = now.fetch_add(permit.bytes, Ordering::SeqCst) + permit.bytes;
                    most.fetch_max(sum, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(permit.bytes, Ordering::SeqCst);
                });
            }
        });
        assert!(most.into_inner() <= 10);
    }
}
