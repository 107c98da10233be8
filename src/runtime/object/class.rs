//! Lazy initialisation of classes.
//!
//! A class is made on the first use of its type, under the registration lock and
//! in a fixed order: sizes, the parent's class, interface classes, the ancestors'
//! `class_base_init`, `class_init`. The memory is published before the callbacks
//! run, so that a callback that looks its own type up finds it; other threads wait
//! until the class is complete.

use std::ffi::{CStr, CString, c_void};
use std::mem::{offset_of, size_of};
use std::ptr::null_mut;
use std::sync::atomic::Ordering;

use glib_sys::g_malloc0;

use super::interface;
use super::property::value::Value;
use super::property::{Behaviour, Kind, table};
use super::types::{self, Description, InstanceFunction, Parent, TypeNode};
use crate::abi::qom::object::{InterfaceClass, Object, ObjectClass};
use crate::error::Error;
use crate::runtime::lock;

/// What instances and the class of a type need, ancestors included.
pub(super) struct Layout {
    pub(super) class_size: usize,
    pub(super) instance_size: usize,
    pub(super) instance_align: usize,
    pub(super) is_abstract: bool,
    /// `instance_init` from the root to the type, then `instance_post_init`.
    pub(super) init: Box<[InstanceFunction]>,
    /// `instance_finalize` from the type to the root.
    pub(super) finalize: Box<[InstanceFunction]>,
}

impl Layout {
    fn of(node: &'static TypeNode) -> Self {
        let lineage = node.lineage();
        let inherited = |value: fn(&Description) -> usize| {
            lineage.iter().map(|node| value(&node.description)).find(|&value| value != 0)
        };
        let instance_size = inherited(|it| it.instance_size).unwrap_or(0);
        let init = lineage.iter().rev().filter_map(|node| node.description.instance_init);
        let post = lineage.iter().rev().filter_map(|node| node.description.instance_post_init);
        Self {
            class_size: inherited(|it| it.class_size).unwrap_or(size_of::<ObjectClass>()),
            instance_size,
            instance_align: inherited(|it| it.instance_align).unwrap_or(0),
            is_abstract: node.description.is_abstract || instance_size == 0,
            init: init.chain(post).collect(),
            finalize: lineage.iter().filter_map(|it| it.description.instance_finalize).collect(),
        }
    }
}

impl TypeNode {
    /// Sizes and callbacks, the inherited ones included.
    #[inline]
    pub(super) fn layout(&'static self) -> &'static Layout {
        self.layout.get().unwrap_or_else(|| self.find_layout())
    }

    /// Whether there can be no instances.
    pub(crate) fn is_abstract(&'static self) -> bool {
        self.layout().is_abstract
    }

    /// Bytes of an instance.
    pub(crate) fn instance_size(&'static self) -> usize {
        self.layout().instance_size
    }

    #[cold]
    fn find_layout(&'static self) -> &'static Layout {
        // Resolves the ancestors, which may run initialisers, before the cell is busy.
        let layout = Layout::of(self);
        self.layout.get_or_init(|| layout)
    }
}

/// Registers the types without a parent.
pub(super) fn register_roots() {
    types::register(Description {
        is_abstract: true,
        class_size: size_of::<InterfaceClass>(),
        ..Description::plain(c"interface".to_owned(), Parent::Root)
    });
    types::register(Description {
        is_abstract: true,
        instance_size: size_of::<Object>(),
        class_init: Some(object_class_init),
        ..Description::plain(c"object".to_owned(), Parent::Root)
    });
    types::register(Description::plain(
        c"container".to_owned(),
        Parent::Named(c"object".to_owned()),
    ));
}

/// Every object tells the name of its type.
unsafe extern "C" fn object_class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: called with the class of "object".
    unsafe {
        table::add_to_class(class, c"type", c"string", Behaviour::Kind(Box::new(TypeProperty)));
    }
}

/// The name of an object's type.
struct TypeProperty;

impl Kind for TypeProperty {
    fn get(&self, object: *mut Object, _name: &CStr) -> Result<Value, Error> {
        // SAFETY: properties are read from live objects.
        Ok(Value::string(unsafe { type_of((*object).class.get()) }.name()))
    }
}

/// Makes the class of a type, unless that was done or is being done.
#[cold]
pub(super) fn initialise(node: &'static TypeNode) -> *mut ObjectClass {
    let _guard = lock::hold();
    let known = node.class.load(Ordering::Relaxed);
    if !known.is_null() {
        // Complete, or this thread is in one of its callbacks.
        return known;
    }
    let layout = node.layout();
    check_description(node);
    // SAFETY: plain allocation; it never returns NULL for a size other than 0.
    let class: *mut ObjectClass = unsafe { g_malloc0(layout.class_size) }.cast();
    node.class.store(class, Ordering::Release);
    inherit(node, layout, class);
    interface::adopt(node, class);
    // SAFETY: `class` is zeroed or a copy of the parent's class, of at least the
    // size of an ObjectClass.
    unsafe {
        (*class).properties.set(null_mut());
        (*class).r#type.set(node.handle());
    }
    run_callbacks(node, class);
    node.complete.store(true, Ordering::Release);
    class
}

/// Aborts if an interface type has what only classes may have.
fn check_description(node: &'static TypeNode) {
    let it = &node.description;
    let instance = it.instance_init.or(it.instance_post_init).or(it.instance_finalize);
    ensure!(
        !node.is_interface()
            || (it.instance_size == 0 && instance.is_none() && it.interfaces.is_empty()),
        "interface type '{}' must have no instance size, no instance functions and no interfaces",
        node.display()
    );
}

/// Copies the parent's class over the zeroed `class`.
fn inherit(node: &'static TypeNode, layout: &Layout, class: *mut ObjectClass) {
    ensure!(
        layout.class_size >= size_of::<ObjectClass>(),
        "type '{}': its class is smaller than ObjectClass",
        node.display()
    );
    let Some(parent) = node.parent() else { return };
    let parent_class = parent.class();
    let inherited = parent.layout();
    ensure!(
        inherited.class_size <= layout.class_size,
        "type '{}': its class is smaller than that of its parent '{}'",
        node.display(),
        parent.display()
    );
    ensure!(
        inherited.instance_size <= layout.instance_size,
        "type '{}': its instances are smaller than those of its parent '{}'",
        node.display(),
        parent.display()
    );
    // The type, the interfaces and the cast caches in front are the class's own.
    let inherited_from = offset_of!(ObjectClass, unparent);
    // SAFETY: the parent's class has its full size, which fits into `class`, fresh
    // memory that cannot overlap. What is copied only changes in class callbacks,
    // under the registration lock.
    unsafe {
        std::ptr::copy_nonoverlapping(
            parent_class.cast::<u8>().add(inherited_from),
            class.cast::<u8>().add(inherited_from),
            inherited.class_size - inherited_from,
        );
    }
}

/// Runs the ancestors' `class_base_init`, nearest first, then `class_init`.
fn run_callbacks(node: &'static TypeNode, class: *mut ObjectClass) {
    let data = node.description.class_data;
    for ancestor in node.lineage().iter().skip(1) {
        if let Some(base_init) = ancestor.description.class_base_init {
            // SAFETY: registered for classes of descendants, which this one is.
            unsafe { base_init(class, data) };
        }
    }
    if let Some(class_init) = node.description.class_init {
        // SAFETY: registered for this class and data.
        unsafe { class_init(class, data) };
    }
}

/// A new private interface class of `implementer`, derived from `parent`; see
/// [`interface::adopt`].
pub(super) fn derive_interface(
    implementer: &'static TypeNode,
    interface: &'static TypeNode,
    parent: &'static TypeNode,
) -> *mut ObjectClass {
    let name = [implementer.name().to_bytes(), b"::", interface.name().to_bytes()].concat();
    let node = TypeNode::leak(Description {
        is_abstract: true,
        ..Description::plain(CString::new(name).unwrap_or_default(), Parent::Known(parent))
    });
    node.class()
}

/// The type of a class.
///
/// # Safety
///
/// `class` is a live class.
#[inline]
pub(crate) unsafe fn type_of(class: *mut ObjectClass) -> &'static TypeNode {
    // SAFETY: the class is live, so its type is set.
    unsafe { TypeNode::from_handle((*class).r#type.get()) }
}
