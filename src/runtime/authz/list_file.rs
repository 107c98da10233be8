//! Rules in a file.
//!
//! The file is one JSON object whose members are the properties of an
//! `authz-list`. When it changes it is loaded again; if that fails, everybody is
//! denied until a later load succeeds.

use std::ffi::{CStr, OsStr, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};

use super::base::{Authorise, authorise_with, is_allowed};
use super::rules::Rules;
use super::watch::FileWatch;
use crate::abi::authz::base::QAuthZ;
use crate::abi::authz::list::QAuthZList;
use crate::abi::authz::listfile::QAuthZListFile;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::host::object::{self, ObjectRef, ObjectType};
use crate::runtime::class::{self, Complete, Definition};
use crate::runtime::object::options;
use crate::runtime::object::property::class::ClassProperties;
use crate::runtime::object::property::plain::enum_index;
use crate::runtime::qapi::enums;
use crate::runtime::text::shown;
use crate::sys::Errno;

/// Guards the `list` field of all instances: it is read by whoever asks, and
/// replaced by the thread that runs the default main context.
static LISTS: Mutex<()> = Mutex::new(());

// SAFETY: `repr(C)`, starts with a QAuthZ, registered with its size.
unsafe impl ObjectType for QAuthZListFile {
    const TYPE_NAME: &'static CStr = c"authz-list-file";
}

/// A reference to the list of an instance.
struct ListRef(*mut QAuthZ);

impl Drop for ListRef {
    fn drop(&mut self) {
        // SAFETY: this value owns one reference.
        unsafe { object::release(self.0.cast()) };
    }
}

impl QAuthZListFile {
    /// The list of this moment.
    fn list(&self) -> Option<ListRef> {
        let _guard = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
        let list = self.list.get();
        if list.is_null() {
            return None;
        }
        // SAFETY: the field holds a reference as long as the lock is held.
        unsafe { object::retain(list.cast()) };
        Some(ListRef(list))
    }

    /// Replaces the list.
    fn set_list(&self, list: Option<ObjectRef<QAuthZList>>) {
        let new = list.map_or(null_mut(), |list| list.into_raw().cast());
        let old = {
            let _guard = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
            self.list.replace(new)
        };
        if !old.is_null() {
            // The field's reference; dropped without the lock.
            drop(ListRef(old));
        }
    }

    /// Loads the file. After a failure there is no list, so that nobody may enter.
    pub(super) fn load(&self) -> Result<(), Error> {
        let name = class::owned_text(&self.filename)
            .ok_or_else(|| Error::new("The 'filename' property is not set"))?;
        match read(&name) {
            Ok(list) => {
                self.set_list(Some(list));
                Ok(())
            }
            Err(error) => {
                self.set_list(None);
                Err(error)
            }
        }
    }
}

/// The list in a file.
fn read(name: &CStr) -> Result<ObjectRef<QAuthZList>, Error> {
    let content = content_of(name)?;
    parse(&content).map_err(|error| {
        let problem = error.into_object(c"qauthz_list_file_load");
        let problem = problem.message().to_string_lossy();
        Error::new(format!("Unable to load '{}': {problem}", shown(name)))
    })
}

fn content_of(name: &CStr) -> Result<Vec<u8>, Error> {
    std::fs::read(Path::new(OsStr::from_bytes(name.to_bytes()))).map_err(|error| {
        let errno = Errno::new(error.raw_os_error().unwrap_or(libc::EIO));
        Error::with_errno(errno, format!("Unable to read '{}'", shown(name)))
    })
}

/// The list that a text describes.
fn parse(content: &[u8]) -> Result<ObjectRef<QAuthZList>, Error> {
    let list = ObjectRef::<QAuthZList>::new();
    for (member, value) in options::parse_json(content)? {
        match member.to_bytes() {
            b"policy" => {
                let text = value.to_str(&member)?;
                let policy = enum_index(&enums::AUTHZ_LIST_POLICY, text, &member)?;
                list.policy.set(policy as c_uint);
            }
            b"rules" => list.set_rules(Rules::from_value(&value)?),
            _ => {
                return Err(Error::new(format!(
                    "A list of rules has no parameter '{}'",
                    shown(&member)
                )));
            }
        }
    }
    Ok(list)
}

impl Authorise for QAuthZListFile {
    fn is_allowed(&self, identity: &CStr) -> Result<bool, Error> {
        match self.list() {
            // SAFETY: the reference keeps the list alive.
            Some(list) => unsafe { is_allowed(list.0, identity) },
            None => Ok(false),
        }
    }
}

impl Complete for QAuthZListFile {
    fn complete(&self) -> Result<(), Error> {
        self.load()?;
        let old = self.file_monitor.replace(null_mut());
        // SAFETY: the field holds what the line below put there, or NULL.
        drop(unsafe { FileWatch::from_raw(old) });
        if self.refresh.get()
            && let Some(name) = class::owned_text(&self.filename)
        {
            self.file_monitor.set(FileWatch::new(self, &name)?.into_raw());
        }
        Ok(())
    }
}

unsafe extern "C" fn init(object: *mut Object) {
    // SAFETY: the host passes a zeroed instance.
    unsafe { (*object.cast::<QAuthZListFile>()).refresh.set(true) };
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance that nobody else uses any more, but for
    // its watch, which is gone after the first line.
    unsafe {
        let file = &*object.cast::<QAuthZListFile>();
        drop(FileWatch::from_raw(file.file_monitor.replace(null_mut())));
        file.set_list(None);
        class::clear_text(&file.filename);
    }
}

unsafe extern "C" fn class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `authz-list-file`.
    let properties = unsafe {
        authorise_with::<QAuthZListFile>(class);
        class::complete_with::<QAuthZListFile>(class);
        ClassProperties::<QAuthZListFile>::new(class)
    };
    properties.string(
        c"filename",
        Some(|it| Ok(class::owned_text(&it.filename))),
        Some(|it, name| class::set_text(&it.filename, name)),
    );
    properties.boolean(
        c"refresh",
        Some(|it| Ok(it.refresh.get())),
        Some(|it, enabled| {
            it.refresh.set(enabled);
            Ok(())
        }),
    );
}

pub(super) fn register_type() {
    Definition {
        instance_size: size_of::<QAuthZListFile>(),
        is_user_creatable: true,
        init: Some(init),
        finalize: Some(finalize),
        class_init: Some(class_init),
        ..Definition::new(QAuthZListFile::TYPE_NAME, QAuthZ::TYPE_NAME)
    }
    .register();
}
