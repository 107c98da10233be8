//! Classes whose write function has no flags, as before QEMU 7.1.
//!
//! The slot of such a class looks the same to the linker, but its function takes
//! one argument less. The headers for old files register types through here, and
//! [`initialise`] wraps their `class_init`: what that stores in the slot is kept in
//! a *pair*, and a function of the current kind takes its place.
//!
//! A pair is two functions and the two pointers they call. The functions know their
//! pair by a constant, so that a write looks nothing up, and one class can chain up
//! to another of the same kind. Pairs are never used again, because a class may keep
//! the pointer to the function of its parent.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use libc::iovec;

use crate::abi::io::channel::{QIOChannel, QIOChannelClass, QIOChannelWritev6Func};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{ObjectClass, Type, TypeInfo};
use crate::host::object;

/// A write function without flags.
type Old = unsafe extern "C" fn(
    *mut QIOChannel,
    *const iovec,
    usize,
    *mut c_int,
    usize,
    *mut *mut RawError,
) -> isize;

/// A write function with flags.
type New = unsafe extern "C" fn(
    *mut QIOChannel,
    *const iovec,
    usize,
    *mut c_int,
    usize,
    c_int,
    *mut *mut RawError,
) -> isize;

type ClassInit = unsafe extern "C" fn(*mut ObjectClass, *mut c_void);

/// How many classes there can be.
const PAIRS: usize = 64;

/// What a pair calls: a function without flags, and the parent's, with flags.
struct Targets {
    own: OnceLock<Old>,
    inherited: OnceLock<New>,
}

static TARGETS: [Targets; PAIRS] =
    [const { Targets { own: OnceLock::new(), inherited: OnceLock::new() } }; PAIRS];

static USED: AtomicUsize = AtomicUsize::new(0);

/// The two functions of a pair.
#[derive(Clone, Copy)]
struct Pair {
    /// Calls the class's own function, without the flags: they are permissions.
    drop_flags: New,
    /// Calls the parent's function, with none.
    without_flags: Old,
}

impl Pair {
    const fn of<const INDEX: usize>() -> Self {
        Self { drop_flags: drop_flags::<INDEX>, without_flags: without_flags::<INDEX> }
    }
}

/// The pairs with these numbers.
macro_rules! pairs {
    ($($index:literal)*) => { [$(Pair::of::<$index>()),*] };
}

static FUNCTIONS: [Pair; PAIRS] = pairs![
     0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
];

unsafe extern "C" fn drop_flags<const INDEX: usize>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    _flags: c_int,
    errp: *mut *mut RawError,
) -> isize {
    // It was stored before this function went into a slot.
    let Some(own) = TARGETS[INDEX].own.get() else { return -1 };
    // SAFETY: the slot's contract.
    unsafe { own(channel, iov, niov, fds, nfds, errp) }
}

unsafe extern "C" fn without_flags<const INDEX: usize>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    errp: *mut *mut RawError,
) -> isize {
    // As above.
    let Some(inherited) = TARGETS[INDEX].inherited.get() else { return -1 };
    // SAFETY: the slot's contract.
    unsafe { inherited(channel, iov, niov, fds, nfds, 0, errp) }
}

/// Fills in a target of a pair that nobody else has.
fn set<F>(target: &OnceLock<F>, function: F) {
    let is_new = target.set(function).is_ok();
    debug_assert!(is_new, "pairs are used once");
}

/// A pair that nobody has used; `None` if there is none left.
fn next_pair() -> Option<usize> {
    let next = |used: usize| (used < PAIRS).then_some(used + 1);
    USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
}

/// Makes `own`, which has no flags, the write function of a class. False if there is
/// no pair left.
pub(crate) fn set_write_function(class: &mut QIOChannelClass, own: Old) -> bool {
    let Some(index) = next_pair() else { return false };
    set(&TARGETS[index].own, own);
    class.io_writev = Some(FUNCTIONS[index].drop_flags);
    true
}

/// The class functions of the types that old files have registered, by type name.
/// Not in `class_data`, which other classes get to see.
static CLASS_FUNCTIONS: LazyLock<Mutex<HashMap<CString, ClassInit>>> =
    LazyLock::new(Mutex::default);

/// Registers a type whose class functions are written for a write function without
/// flags.
///
/// # Safety
///
/// As for the host's registration of types.
pub(crate) unsafe fn register(info: &TypeInfo) -> Type {
    let mut info = TypeInfo { ..*info };
    if let Some(class_init) = info.class_init {
        // SAFETY: the name of a type is a C string.
        let name = unsafe { CStr::from_ptr(info.name) }.to_owned();
        let mut functions = CLASS_FUNCTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        functions.insert(name, class_init);
        info.class_init = Some(initialise);
    }
    // SAFETY: passed on to the caller.
    unsafe { object::register_caller_type(&info) }
}

/// The class function of the types registered here.
unsafe extern "C" fn initialise(class: *mut ObjectClass, data: *mut c_void) {
    // SAFETY: the host passes the class that is being initialised.
    let name = unsafe { object::class_name(class) };
    let original = {
        let functions = CLASS_FUNCTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        functions.get(name).copied()
    };
    let Some(original) = original else {
        fatal!("qio_api_type_register: nobody has registered '{}'", name.to_string_lossy());
    };
    // SAFETY: the class function gets what the host passes; a class that descends
    // from a channel's is a QIOChannelClass.
    unsafe {
        if object::class_descends_from::<QIOChannel>(class) {
            initialise_channel_class(class.cast(), name, |class| original(class, data));
        } else {
            original(class, data);
        }
    }
}

/// Runs the class function of a channel class with slots as it knows them.
///
/// # Safety
///
/// `class` is a channel class that is being initialised.
unsafe fn initialise_channel_class(
    class: *mut QIOChannelClass,
    name: &CStr,
    original: impl FnOnce(*mut ObjectClass),
) {
    let Some(index) = next_pair() else {
        fatal!(
            "qio_api_type_register: '{}' would be the {}th class with a write function \
             without flags; there can be {PAIRS}",
            name.to_string_lossy(),
            PAIRS + 1
        );
    };
    let (targets, pair) = (&TARGETS[index], FUNCTIONS[index]);
    // SAFETY: the caller vouches for the class. The slot holds an `Old` while old
    // code looks at it; both kinds are pointers to functions, and nobody calls the
    // slot meanwhile.
    unsafe {
        let slot = (&raw mut (*class).io_writev).cast::<QIOChannelWritev6Func>();
        let inherited = (*class).io_writev;
        if let Some(inherited) = inherited {
            set(&targets.inherited, inherited);
            *slot = Some(pair.without_flags);
        }
        original(class.cast());
        match *slot {
            // Untouched: no other pair has a function of this address.
            Some(own) if inherited.is_some() && std::ptr::fn_addr_eq(own, pair.without_flags) => {
                (*class).io_writev = inherited;
            }
            Some(own) => {
                set(&targets.own, own);
                (*class).io_writev = Some(pair.drop_flags);
            }
            None => {}
        }
    }
}
