//! Module initialisers: functions that constructors queue before `main`.
//!
//! A constructor only appends to a list. The list is run by an explicit
//! `module_call_init()`, or, for types, by the first lookup by name that misses;
//! each entry runs exactly once, whoever asks and how often.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::c_uint;
use std::sync::{Mutex, PoisonError};

use super::lock;

/// A queued initialiser.
pub(crate) type Initialiser = unsafe extern "C" fn();

/// How many lists there are (`MODULE_INIT_MAX`).
const KINDS: usize = 8;

/// The list of type registrations (`MODULE_INIT_QOM`).
pub(crate) const QOM: usize = 3;

/// What waits to be run. Never locked across a call: a constructor must not wait
/// for an initialiser that runs on another thread.
static PENDING: Mutex<[VecDeque<Initialiser>; KINDS]> =
    Mutex::new([const { VecDeque::new() }; KINDS]);

/// Which lists a thread is running; used under the registration lock only.
struct Running([Cell<bool>; KINDS]);

// SAFETY: every access happens with the registration lock held.
unsafe impl Sync for Running {}

static RUNNING: Running = Running([const { Cell::new(false) }; KINDS]);

/// The list that C calls `kind`; aborts on a number that names none.
fn list(kind: c_uint, function: &str) -> usize {
    match usize::try_from(kind) {
        Ok(list) if list < KINDS => list,
        _ => fatal!("{function}: {kind} is not a kind of initialiser"),
    }
}

/// Appends to the list `kind`.
pub(crate) fn register(kind: c_uint, initialiser: Initialiser) {
    let list = list(kind, "register_module_init");
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)[list].push_back(initialiser);
}

/// Runs what the list `kind` holds. A call from one of its own initialisers does
/// nothing; one from another thread waits until the first is done.
pub(crate) fn call_init(kind: c_uint) {
    let list = list(kind, "module_call_init");
    let guard = lock::hold();
    if !RUNNING.0[list].replace(true) {
        drain(list, &guard);
        RUNNING.0[list].set(false);
    }
}

/// Runs every pending initialiser of `list`, in order, those included that are
/// queued meanwhile. An initialiser that gets here again (it looked up a type
/// that a later one registers) runs the rest of them early.
pub(crate) fn drain(list: usize, _held: &lock::Guard) {
    loop {
        let next = PENDING.lock().unwrap_or_else(PoisonError::into_inner)[list].pop_front();
        let Some(initialiser) = next else { break };
        // SAFETY: whoever queued the function vouched that it can be called once,
        // from any thread.
        unsafe { initialiser() };
    }
}
