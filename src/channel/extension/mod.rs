//! Virtual functions that the class struct has no slots for.
//!
//! Later versions of the API have more slots; the struct cannot grow. So a class may
//! register a second set of functions, kept in a table by the address of the class.
//! A class that lacks one has that of its nearest ancestor, unless it overrides what
//! the function stands beside: a filter over a socket that has its own read function
//! must not be bypassed by the socket's way to peek.
//!
//! | file | idea |
//! |---|---|
//! | `mod` | the table |
//! | `class` | the functions of a `ChannelImpl` |
//! | `dispatch` | one call of one function, and the features that follow from them |
//! | `transfer` | the helpers that move everything or fail |

pub(super) mod class;
mod dispatch;
pub(crate) mod transfer;

use std::collections::HashMap;
use std::ffi::{c_int, c_uint};
use std::sync::{LazyLock, PoisonError, RwLock};

use libc::{iovec, off_t};

use crate::abi::io::channel::{QIOChannel, QIOChannelClass, QIOChannelClassExt};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::host::object::{self, ObjectType};

/// A read with flags.
type ReadFunction = unsafe extern "C" fn(
    *mut QIOChannel,
    *const iovec,
    usize,
    *mut *mut c_int,
    *mut usize,
    c_int,
    *mut *mut RawError,
) -> isize;

/// A read or write at an offset.
type PositionedFunction =
    unsafe extern "C" fn(*mut QIOChannel, *const iovec, usize, off_t, *mut *mut RawError) -> isize;

/// Who the peer is.
type PeerFunction = unsafe extern "C" fn(*mut QIOChannel, *mut c_uint, *mut *mut RawError) -> c_int;

/// A function, and the class that has registered it.
#[derive(Clone, Copy)]
struct Provided<F> {
    function: F,
    by: Class,
}

/// The address of a class. Classes live for ever.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Class(*mut QIOChannelClass);

// SAFETY: classes are not written once instances exist, and never freed.
unsafe impl Send for Class {}
// SAFETY: as above.
unsafe impl Sync for Class {}

impl Class {
    fn get(&self) -> &QIOChannelClass {
        // SAFETY: a value is made from channel classes only.
        unsafe { &*self.0 }
    }

    fn parent(self) -> Option<Self> {
        // SAFETY: as above.
        let parent = unsafe { object::parent_class(self.0.cast()) };
        // SAFETY: the host's pointer is NULL or a class.
        let is_channel = unsafe { object::class_descends_from::<QIOChannel>(parent) };
        is_channel.then(|| Self(parent.cast()))
    }

    /// Whether this is the class of `T` itself.
    fn is_of<T: ObjectType>(self) -> bool {
        // SAFETY: as above.
        unsafe { object::class_name(self.0.cast()) == T::TYPE_NAME }
    }

    /// Whether both have the same read function.
    fn reads_like(self, other: Self) -> bool {
        match (self.get().io_readv, other.get().io_readv) {
            (Some(one), Some(two)) => std::ptr::fn_addr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }

    /// Whether both have the same write function.
    fn writes_like(self, other: Self) -> bool {
        match (self.get().io_writev, other.get().io_writev) {
            (Some(one), Some(two)) => std::ptr::fn_addr_eq(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }
}

/// What a class has, its ancestors' functions included.
#[derive(Clone, Copy, Default)]
struct Functions {
    readv: Option<Provided<ReadFunction>>,
    pwritev: Option<Provided<PositionedFunction>>,
    preadv: Option<Provided<PositionedFunction>>,
    peer_pid: Option<Provided<PeerFunction>>,
}

impl Functions {
    /// Adds what an ancestor has registered and no class below it has.
    fn inherit(&mut self, by: Class, extension: &QIOChannelClassExt) {
        fn fill<F>(slot: &mut Option<Provided<F>>, by: Class, function: Option<F>) {
            if slot.is_none() {
                *slot = function.map(|function| Provided { function, by });
            }
        }
        fill(&mut self.readv, by, extension.io_readv_flags);
        fill(&mut self.pwritev, by, extension.io_pwritev);
        fill(&mut self.preadv, by, extension.io_preadv);
        fill(&mut self.peer_pid, by, extension.io_peerpid);
    }

    /// What is valid for instances of `class`. Slots are compared each time: they may
    /// change after the class function.
    fn valid_for(mut self, class: Class) -> Self {
        self.readv = self.readv.filter(|provided| class.reads_like(provided.by));
        self.preadv = self.preadv.filter(|provided| class.reads_like(provided.by));
        self.pwritev = self.pwritev.filter(|provided| class.writes_like(provided.by));
        self
    }
}

#[derive(Default)]
struct Table {
    registered: HashMap<Class, QIOChannelClassExt>,
    /// What was looked up before.
    found: HashMap<Class, Functions>,
}

impl Table {
    fn look_up(&self, class: Class) -> Functions {
        let mut functions = Functions::default();
        let mut next = Some(class);
        while let Some(class) = next {
            if let Some(extension) = self.registered.get(&class) {
                functions.inherit(class, extension);
            }
            next = class.parent();
        }
        functions
    }
}

static TABLE: LazyLock<RwLock<Table>> = LazyLock::new(RwLock::default);

/// Registers the functions of a class, in place of earlier ones. False, and nothing
/// has changed, if it is not a channel's class or there is nothing to be read.
///
/// # Safety
///
/// `class` is NULL or a class. `extension` is NULL, or readable for the size that it
/// starts with.
pub(crate) unsafe fn register(
    class: *mut QIOChannelClass,
    extension: *const QIOChannelClassExt,
) -> bool {
    // SAFETY: passed on to the caller.
    let is_channel = unsafe { object::class_descends_from::<QIOChannel>(class.cast()) };
    if class.is_null() || !is_channel || extension.is_null() {
        return false;
    }
    // SAFETY: an extension starts with its size.
    let size = unsafe { extension.cast::<usize>().read() };
    if size < size_of::<usize>() {
        return false;
    }
    let mut copy = NO_FUNCTIONS;
    let known = size.min(size_of::<QIOChannelClassExt>());
    // SAFETY: the caller vouches for `size` bytes. A function that was cut in the
    // middle would not be one; whole ones are copied only.
    unsafe {
        let known = known - known % size_of::<usize>();
        std::ptr::copy_nonoverlapping(extension.cast::<u8>(), (&raw mut copy).cast::<u8>(), known);
    }
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    table.registered.insert(Class(class), copy);
    table.found.clear();
    true
}

/// No functions at all.
const NO_FUNCTIONS: QIOChannelClassExt = QIOChannelClassExt {
    size: size_of::<QIOChannelClassExt>(),
    io_readv_flags: None,
    io_pwritev: None,
    io_preadv: None,
    io_peerpid: None,
};

/// The functions that instances of `class` have.
fn functions_of(class: *mut QIOChannelClass) -> Functions {
    let class = Class(class);
    let known = {
        let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
        table.found.get(&class).copied()
    };
    let functions = known.unwrap_or_else(|| {
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        let functions = table.look_up(class);
        table.found.insert(class, functions);
        functions
    });
    functions.valid_for(class)
}
