//! Class properties for classes written in Rust.
//!
//! A class adds its properties in its `class_init`. Accessors are plain functions
//! over a shared reference to the instance, with ordinary results:
//!
//! ```ignore
//! let properties = ClassProperties::<Credentials>::new(class);
//! properties.string(c"dir", Some(|it| Ok(it.dir())), Some(|it, dir| it.set_dir(dir)));
//! properties.boolean(c"verify-peer", Some(|it| Ok(it.verify())), Some(|it, on| it.set_verify(on)));
//! properties.choice(c"endpoint", c"Endpoint", &NAMES, Some(get), Some(set));
//! properties.value(c"rules", c"RuleList", Some(get_rules), Some(set_rules));
//! ```
//!
//! A `None` getter or setter makes the property write-only or read-only. Custom
//! properties ([`ClassProperties::value`]) get the [`Value`] itself: what a user
//! typed ([`Value::Text`]), a list, or whatever they make of it.

use std::ffi::{CStr, CString, c_int};
use std::marker::PhantomData;

use super::plain::{self, not_accessible};
use super::value::Value;
use super::{Behaviour, Kind, table};
use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::host::object::ObjectType;

/// Reads a value of an instance.
pub(crate) type Getter<T, V> = fn(&T) -> Result<V, Error>;

/// Changes a value of an instance.
pub(crate) type Setter<T, V> = fn(&T, V) -> Result<(), Error>;

/// Changes a value of an instance to a borrowed one.
pub(crate) type RefSetter<T, V> = fn(&T, &V) -> Result<(), Error>;

/// Adds properties to the class of `T`.
pub(crate) struct ClassProperties<T>(*mut ObjectClass, PhantomData<T>);

impl<T: ObjectType + 'static> ClassProperties<T> {
    /// For the `class_init` of `T`.
    ///
    /// # Safety
    ///
    /// `class` is the class of `T`.
    pub(crate) unsafe fn new(class: *mut ObjectClass) -> Self {
        Self(class, PhantomData)
    }

    fn add(&self, name: &CStr, type_name: &CStr, kind: impl Kind + 'static) {
        // SAFETY: `new` vouches for the class.
        unsafe { table::add_to_class(self.0, name, type_name, Behaviour::Kind(Box::new(kind))) };
    }

    /// A string; `None` from the getter is NULL.
    pub(crate) fn string(
        &self,
        name: &CStr,
        get: Option<Getter<T, Option<CString>>>,
        set: Option<RefSetter<T, CStr>>,
    ) {
        self.add(name, c"string", Text { get, set });
    }

    /// A boolean.
    pub(crate) fn boolean(
        &self,
        name: &CStr,
        get: Option<Getter<T, bool>>,
        set: Option<Setter<T, bool>>,
    ) {
        self.add(name, c"bool", Boolean { get, set });
    }

    /// One of the `names` of an enum, by index.
    pub(crate) fn choice(
        &self,
        name: &CStr,
        type_name: &CStr,
        names: &'static QEnumLookup,
        get: Option<Getter<T, c_int>>,
        set: Option<Setter<T, c_int>>,
    ) {
        self.add(name, type_name, Choice { names, get, set });
    }

    /// Anything else.
    pub(crate) fn value(
        &self,
        name: &CStr,
        type_name: &CStr,
        get: Option<Getter<T, Value>>,
        set: Option<RefSetter<T, Value>>,
    ) {
        self.add(name, type_name, Custom { get, set });
    }
}

/// The instance that a property of the class of `T` is used on.
fn instance<'a, T: ObjectType>(object: *mut Object) -> &'a T {
    // SAFETY: a property of the class of `T` is found on instances of it alone, and
    // callers keep them alive.
    unsafe { &*object.cast_const().cast::<T>() }
}

/// A string property.
struct Text<T> {
    get: Option<Getter<T, Option<CString>>>,
    set: Option<RefSetter<T, CStr>>,
}

impl<T: ObjectType> Kind for Text<T> {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        get(instance(object)).map(Value::Str)
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        set(instance(object), value.to_str(name)?)
    }
}

/// A boolean property.
struct Boolean<T> {
    get: Option<Getter<T, bool>>,
    set: Option<Setter<T, bool>>,
}

impl<T: ObjectType> Kind for Boolean<T> {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        get(instance(object)).map(Value::Bool)
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        set(instance(object), value.to_bool(name)?)
    }
}

/// An enum property.
struct Choice<T> {
    names: &'static QEnumLookup,
    get: Option<Getter<T, c_int>>,
    set: Option<Setter<T, c_int>>,
}

impl<T: ObjectType> Kind for Choice<T> {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        plain::enum_value(self.names, get(instance(object))?, name)
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        set(instance(object), plain::enum_index(self.names, value.to_str(name)?, name)?)
    }

    fn names(&self) -> Option<&QEnumLookup> {
        Some(self.names)
    }
}

/// A property that converts its values itself.
struct Custom<T> {
    get: Option<Getter<T, Value>>,
    set: Option<RefSetter<T, Value>>,
}

impl<T: ObjectType> Kind for Custom<T> {
    fn can_get(&self) -> bool {
        self.get.is_some()
    }

    fn can_set(&self) -> bool {
        self.set.is_some()
    }

    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error> {
        let get = self.get.ok_or_else(|| not_accessible(name))?;
        get(instance(object))
    }

    fn set(&self, object: *mut Object, name: &CStr, value: &Value) -> Result<(), Error> {
        let set = self.set.ok_or_else(|| not_accessible(name))?;
        set(instance(object), value)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::ffi::c_char;

    use super::*;
    use crate::abi::qom::object::TypeInfo;
    use crate::host::object::{ObjectRef, register_type};
    use crate::runtime::object::property::access;

    #[repr(C)]
    struct Sample {
        parent: Object,
        text: RefCell<Option<CString>>,
        number: Cell<c_int>,
        flag: Cell<bool>,
    }

    // SAFETY: starts with an Object, and `new_sample` registers it with its size.
    unsafe impl ObjectType for Sample {
        const TYPE_NAME: &'static CStr = c"class-properties-sample";
    }

    struct Names([*const c_char; 2]);
    // SAFETY: the strings are static.
    unsafe impl Sync for Names {}
    static NAMES: Names = Names([c"first".as_ptr(), c"second".as_ptr()]);

    struct Lookup(QEnumLookup);
    // SAFETY: points to static memory.
    unsafe impl Sync for Lookup {}
    static LOOKUP: Lookup = Lookup(QEnumLookup {
        array: NAMES.0.as_ptr(),
        special_features: std::ptr::null(),
        size: 2,
    });

    unsafe extern "C" fn class_init(class: *mut ObjectClass, _data: *mut std::ffi::c_void) {
        // SAFETY: called for the class of `Sample`.
        let properties = unsafe { ClassProperties::<Sample>::new(class) };
        properties.string(
            c"text",
            Some(|it| Ok(it.text.borrow().clone())),
            Some(|it, text| {
                *it.text.borrow_mut() = Some(text.to_owned());
                Ok(())
            }),
        );
        properties.boolean(
            c"flag",
            Some(|it| Ok(it.flag.get())),
            Some(|it, flag| {
                it.flag.set(flag);
                Ok(())
            }),
        );
        properties.choice(
            c"choice",
            c"Choice",
            &LOOKUP.0,
            Some(|it| Ok(it.number.get())),
            Some(|it, number| {
                it.number.set(number);
                Ok(())
            }),
        );
        properties.value(
            c"serial",
            c"int32_t",
            None,
            Some(|it, value| {
                let number = value.to_int(c"serial")?;
                it.number.set(c_int::try_from(number).map_err(|_| Error::new("too large"))?);
                Ok(())
            }),
        );
    }

    fn new_sample() -> ObjectRef<Sample> {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            register_type(&TypeInfo {
                name: Sample::TYPE_NAME.as_ptr(),
                parent: c"object".as_ptr(),
                instance_size: size_of::<Sample>(),
                instance_align: 0,
                instance_init: None,
                instance_post_init: None,
                instance_finalize: None,
                r#abstract: false,
                class_size: 0,
                class_init: Some(class_init),
                class_base_init: None,
                class_data: std::ptr::null_mut(),
                interfaces: std::ptr::null_mut(),
            });
        });
        ObjectRef::new()
    }

    fn parse(sample: &Sample, name: &CStr, text: &CStr) -> bool {
        let object = (&raw const sample.parent).cast_mut();
        // SAFETY: the sample is live.
        unsafe { access::parse(object, name, text) }.is_ok()
    }

    fn get(sample: &Sample, name: &CStr) -> Option<Value> {
        let object = (&raw const sample.parent).cast_mut();
        // SAFETY: the sample is live.
        unsafe { access::get(object, name) }.ok()
    }

    #[test]
    fn rust_accessors_are_reached_by_name() {
        let sample = new_sample();
        assert_eq!(get(&sample, c"text"), Some(Value::Str(None)));
        assert!(parse(&sample, c"text", c"hello"));
        assert_eq!(get(&sample, c"text"), Some(Value::string(c"hello")));
        assert!(parse(&sample, c"flag", c"on"));
        assert_eq!(get(&sample, c"flag"), Some(Value::Bool(true)));
        assert!(parse(&sample, c"choice", c"second"));
        assert_eq!(get(&sample, c"choice"), Some(Value::string(c"second")));
        assert!(!parse(&sample, c"choice", c"third"));
        sample.text.borrow_mut().take();
    }

    #[test]
    fn custom_setters_get_the_value_itself() {
        let sample = new_sample();
        assert!(parse(&sample, c"serial", c"0x10"));
        assert_eq!(sample.number.get(), 16);
        assert!(!parse(&sample, c"serial", c"0x100000000"));
        assert!(!parse(&sample, c"serial", c"x"));
        assert_eq!(get(&sample, c"serial"), None);
    }
}
