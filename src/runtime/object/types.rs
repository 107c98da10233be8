//! Types: registration and lookup by name.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use super::class::{self, Layout};
use super::name_cache;
use crate::abi::qom::object::{Object, ObjectClass, Type, TypeInfo};
use crate::runtime::{lock, module};

/// `instance_init`, `instance_post_init` and `instance_finalize`.
pub(super) type InstanceFunction = unsafe extern "C" fn(*mut Object);

/// `class_init` and `class_base_init`.
pub(super) type ClassFunction = unsafe extern "C" fn(*mut ObjectClass, *mut c_void);

/// The parent of a type.
pub(super) enum Parent {
    /// A root type has none.
    Root,
    /// The type of this name, which may be registered later.
    Named(CString),
    /// This type; used for the private interface types, which have no name of
    /// their own in the table.
    Known(&'static TypeNode),
}

/// What a type was registered with.
pub(super) struct Description {
    pub(super) name: CString,
    pub(super) parent: Parent,
    pub(super) instance_size: usize,
    pub(super) instance_align: usize,
    pub(super) instance_init: Option<InstanceFunction>,
    pub(super) instance_post_init: Option<InstanceFunction>,
    pub(super) instance_finalize: Option<InstanceFunction>,
    pub(super) is_abstract: bool,
    pub(super) class_size: usize,
    pub(super) class_init: Option<ClassFunction>,
    pub(super) class_base_init: Option<ClassFunction>,
    pub(super) class_data: *mut c_void,
    pub(super) interfaces: Vec<CString>,
}

impl Description {
    /// A type that adds nothing to its parent.
    pub(super) fn plain(name: CString, parent: Parent) -> Self {
        Self {
            name,
            parent,
            instance_size: 0,
            instance_align: 0,
            instance_init: None,
            instance_post_init: None,
            instance_finalize: None,
            is_abstract: false,
            class_size: 0,
            class_init: None,
            class_base_init: None,
            class_data: null_mut(),
            interfaces: Vec::new(),
        }
    }

    /// Copies what C describes.
    ///
    /// # Safety
    ///
    /// `info` is valid; its strings are NULL or NUL-terminated, its interfaces
    /// NULL or an array that ends with a NULL name.
    unsafe fn from_info(info: &TypeInfo) -> Self {
        ensure!(!info.name.is_null(), "type_register: the type has no name");
        // SAFETY: NUL-terminated, as the caller vouches.
        let name = unsafe { CStr::from_ptr(info.name) };
        ensure!(
            !info.parent.is_null(),
            "type_register: type '{}' has no parent",
            name.to_string_lossy()
        );
        // SAFETY: as above.
        let parent = unsafe { CStr::from_ptr(info.parent) };
        let mut interfaces = Vec::new();
        let mut next = info.interfaces.cast_const();
        if !next.is_null() {
            // SAFETY: the array goes on until a NULL name, which ends the loop.
            while let Some(interface) = unsafe { (*next).r#type.as_ref() } {
                // SAFETY: NUL-terminated, as the caller vouches.
                interfaces.push(unsafe { CStr::from_ptr(interface) }.to_owned());
                // SAFETY: the element just read was not the last one.
                next = unsafe { next.add(1) };
            }
        }
        Self {
            name: name.to_owned(),
            parent: Parent::Named(parent.to_owned()),
            instance_size: info.instance_size,
            instance_align: info.instance_align,
            instance_init: info.instance_init,
            instance_post_init: info.instance_post_init,
            instance_finalize: info.instance_finalize,
            is_abstract: info.r#abstract,
            class_size: info.class_size,
            class_init: info.class_init,
            class_base_init: info.class_base_init,
            class_data: info.class_data,
            interfaces,
        }
    }
}

/// A type. Types live as long as the process.
pub(crate) struct TypeNode {
    pub(super) description: Description,
    /// The type itself, its parent, and so on to the root.
    lineage: OnceLock<Box<[&'static TypeNode]>>,
    /// Sizes and callbacks, the inherited ones included.
    pub(super) layout: OnceLock<Layout>,
    /// The class; set before its callbacks run.
    pub(super) class: AtomicPtr<ObjectClass>,
    /// Whether the class is ready for every thread.
    pub(super) complete: AtomicBool,
    /// Which hooks the properties of this very class have (`HOOK_*`).
    pub(super) hooks: AtomicU8,
}

// SAFETY: the description never changes, and C is told that the functions may be
// called from any thread; everything else is atomic.
unsafe impl Send for TypeNode {}
// SAFETY: as above.
unsafe impl Sync for TypeNode {}

impl TypeNode {
    /// A type that is in no table yet.
    pub(super) fn leak(description: Description) -> &'static Self {
        Box::leak(Box::new(Self {
            description,
            lineage: OnceLock::new(),
            layout: OnceLock::new(),
            class: AtomicPtr::new(null_mut()),
            complete: AtomicBool::new(false),
            hooks: AtomicU8::new(0),
        }))
    }

    /// The type behind a handle.
    ///
    /// # Safety
    ///
    /// `handle` came from [`handle`](Self::handle).
    #[inline]
    pub(super) unsafe fn from_handle(handle: Type) -> &'static Self {
        // SAFETY: handles point at types, and types are never destroyed.
        unsafe { &*handle.cast_const().cast::<Self>() }
    }

    /// What C knows the type by.
    pub(super) fn handle(&'static self) -> Type {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// The name.
    pub(crate) fn name(&'static self) -> &'static CStr {
        &self.description.name
    }

    /// The name, for messages.
    pub(crate) fn display(&'static self) -> std::borrow::Cow<'static, str> {
        self.name().to_string_lossy()
    }

    /// The class, initialised.
    #[inline]
    pub(crate) fn class(&'static self) -> *mut ObjectClass {
        if self.complete.load(Ordering::Acquire) {
            return self.class.load(Ordering::Relaxed);
        }
        class::initialise(self)
    }

    /// The type, its parent, and so on to the root. Aborts if an ancestor is not
    /// registered.
    #[inline]
    pub(super) fn lineage(&'static self) -> &'static [&'static Self] {
        match self.lineage.get() {
            Some(lineage) => lineage,
            None => self.find_lineage(),
        }
    }

    #[cold]
    fn find_lineage(&'static self) -> &'static [&'static Self] {
        let mut lineage = vec![self];
        let mut current = self;
        while let Some(parent) = current.find_parent() {
            ensure!(
                !lineage.iter().any(|&known| std::ptr::eq(known, parent)),
                "type '{}' is an ancestor of itself",
                parent.display()
            );
            lineage.push(parent);
            current = parent;
        }
        // Not `get_or_init`: a lookup may run initialisers, which may come here.
        // Whoever is first, the result is the same.
        self.lineage.get_or_init(|| lineage.into_boxed_slice())
    }

    fn find_parent(&'static self) -> Option<&'static Self> {
        match &self.description.parent {
            Parent::Root => None,
            Parent::Known(parent) => Some(parent),
            Parent::Named(name) => Some(find(name).unwrap_or_else(|| {
                fatal!(
                    "type '{}': its parent type '{}' does not exist",
                    self.display(),
                    name.to_string_lossy()
                )
            })),
        }
    }

    /// The parent type.
    pub(crate) fn parent(&'static self) -> Option<&'static Self> {
        self.lineage().get(1).copied()
    }

    /// Whether the type is `ancestor` or derived from it.
    #[inline]
    pub(super) fn is_a(&'static self, ancestor: &'static Self) -> bool {
        self.lineage().iter().any(|&node| std::ptr::eq(node, ancestor))
    }

    /// Whether instances are objects that implement the type, not objects of it.
    pub(super) fn is_interface(&'static self) -> bool {
        self.lineage().last().is_some_and(|root| root.name() == c"interface")
    }
}

type Table = HashMap<&'static CStr, &'static TypeNode>;

/// Every type by name. Never locked across a call.
static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts a type into the table; aborts if its name is taken.
pub(super) fn register(description: Description) -> &'static TypeNode {
    let _guard = lock::hold();
    let node = TypeNode::leak(description);
    let previous = table().insert(node.name(), node);
    ensure!(previous.is_none(), "type_register: type '{}' is already registered", node.display());
    node
}

/// Registers the type that C describes.
///
/// # Safety
///
/// `info` is valid; its strings are NULL or NUL-terminated, its interfaces NULL or
/// an array that ends with a NULL name. Its functions and data stay usable for as
/// long as the process runs.
pub(crate) unsafe fn register_info(info: *const TypeInfo) -> Type {
    // SAFETY: passed on to the caller.
    register(unsafe { Description::from_info(&*info) }).handle()
}

/// Makes sure that every type anybody offers is registered: the library's own,
/// and those of pending initialisers.
fn register_pending() {
    static OWN: AtomicBool = AtomicBool::new(false);
    let guard = lock::hold();
    if !OWN.load(Ordering::Relaxed) {
        OWN.store(true, Ordering::Relaxed);
        super::register_types();
        crate::types::register_all();
    }
    module::drain(module::QOM, &guard);
}

/// The type called `name`. A name that is not known yet runs the pending
/// initialisers first.
pub(crate) fn find(name: &CStr) -> Option<&'static TypeNode> {
    let known = table().get(name).copied();
    known.or_else(|| {
        register_pending();
        table().get(name).copied()
    })
}

/// [`find`] for a name that C passed: without a lock if it was asked for before.
///
/// # Safety
///
/// `name` is NULL or NUL-terminated.
#[inline]
pub(crate) unsafe fn find_raw(name: *const c_char) -> Option<&'static TypeNode> {
    if name.is_null() {
        return None;
    }
    // SAFETY: NUL-terminated, as the caller vouches.
    unsafe { name_cache::get(name, find) }
}

/// [`find_raw`] for a type that must exist: aborts, naming it, if there is none.
///
/// # Safety
///
/// `name` is NULL or NUL-terminated.
#[inline]
pub(crate) unsafe fn find_known(name: *const c_char, function: &str) -> &'static TypeNode {
    // SAFETY: as the caller vouches.
    match unsafe { find_raw(name) } {
        Some(node) => node,
        None if name.is_null() => fatal!("{function}: the type name is NULL"),
        None => {
            // SAFETY: not NULL, so NUL-terminated.
            let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
            fatal!("{function}: unknown type '{name}'")
        }
    }
}

/// Every registered type, as of now.
pub(super) fn all() -> Vec<&'static TypeNode> {
    register_pending();
    table().values().copied().collect()
}
