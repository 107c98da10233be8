//! Names and clients: what stands between an address and a channel.

pub(crate) mod listener;
pub(crate) mod resolver;

use std::ptr::null_mut;

use crate::abi::qom::object::{Object, TypeInfo};
use crate::host::object::{ObjectType, register_type};

/// Registers a class without functions of its own, right below the base object.
pub(crate) fn register<T: ObjectType>(finalize: Option<unsafe extern "C" fn(*mut Object)>) {
    register_type(&TypeInfo {
        name: T::TYPE_NAME.as_ptr(),
        parent: c"object".as_ptr(),
        instance_size: size_of::<T>(),
        instance_align: 0,
        instance_init: None,
        instance_post_init: None,
        instance_finalize: finalize,
        r#abstract: false,
        class_size: 0,
        class_init: None,
        class_base_init: None,
        class_data: null_mut(),
        interfaces: null_mut(),
    });
}
