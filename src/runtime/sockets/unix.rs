//! Unix sockets.

use std::ffi::{CStr, CString, OsStr, c_char, c_int};
use std::mem::offset_of;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use glib_sys::g_get_tmp_dir;
use libc::sockaddr_un;

use super::address::Unix;
use super::{shown, start_connection, start_listening, stream_socket};
use crate::error::Error;
use crate::sys::socket::{SocketName, owned};
use crate::sys::{self, endpoint, retry};

const PATH_OFFSET: usize = offset_of!(sockaddr_un, sun_path);
const PATH_SIZE: usize = size_of::<sockaddr_un>() - PATH_OFFSET;

/// Connects to a Unix socket.
pub(crate) fn connect(address: &Unix<'_>) -> Result<OwnedFd, Error> {
    let path = address.path.ok_or_else(no_path)?;
    let name = name(path, address)?;
    let socket = stream_socket(libc::AF_UNIX, "Unix")?;
    start_connection(socket, &name, &path.to_string_lossy())
}

/// Listens at a Unix socket. What is at the path is removed first; an empty path
/// stands for a new one in the directory for temporary files.
pub(crate) fn listen(address: &Unix<'_>, backlog: c_int) -> Result<OwnedFd, Error> {
    let path = address.path.ok_or_else(no_path)?;
    if !path.is_empty() || address.is_abstract {
        return listen_at(path, address, backlog);
    }
    let path = new_path()?;
    listen_at(&path, address, backlog).inspect_err(|_| {
        // Nobody else knows of it. The error that counts is the first.
        let _ = unlink(&path);
    })
}

fn listen_at(path: &CStr, address: &Unix<'_>, backlog: c_int) -> Result<OwnedFd, Error> {
    let name = name(path, address)?;
    let socket = stream_socket(libc::AF_UNIX, "Unix")?;
    if !address.is_abstract {
        unlink(path)?;
    }
    let shown = shown(Some(path));
    endpoint::bind(&socket, &name).map_err(|errno| {
        Error::with_errno(errno, format!("Unable to bind a Unix socket to '{shown}'"))
    })?;
    start_listening(socket, backlog, &format!("'{shown}'"))
}

fn no_path() -> Error {
    Error::new("No path was given for the Unix socket")
}

/// The address in the kernel's form. The end of a path and of a padded abstract
/// name is that of the struct; a tight abstract name ends with its last character.
fn name(path: &CStr, address: &Unix<'_>) -> Result<SocketName, Error> {
    // An abstract name starts with a NUL.
    let start = usize::from(address.is_abstract);
    let limit = PATH_SIZE - start;
    let bytes = path.to_bytes();
    if bytes.len() > limit {
        let what = if address.is_abstract { "Abstract socket name" } else { "Unix socket path" };
        return Err(Error::new(format!("{what} '{}' is too long", path.to_string_lossy()))
            .hint(format!("It must have at most {limit} bytes")));
    }
    // SAFETY: zero is valid for all of its fields.
    let mut name: sockaddr_un = unsafe { std::mem::zeroed() };
    name.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (target, byte) in name.sun_path.iter_mut().skip(start).zip(bytes) {
        *target = *byte as c_char;
    }
    let length = match address.is_abstract && address.tight {
        true => PATH_OFFSET + start + bytes.len(),
        false => size_of::<sockaddr_un>(),
    };
    Ok(SocketName::from_value(&name, length))
}

/// A path for temporary use that nobody has. It is a file, for the socket to
/// replace.
fn new_path() -> Result<CString, Error> {
    // SAFETY: GLib keeps the string for ever.
    let directory = unsafe { CStr::from_ptr(g_get_tmp_dir()) };
    let mut template = PathBuf::from(OsStr::from_bytes(directory.to_bytes()));
    template.push("qemu-socket-XXXXXX");
    let pattern = CString::new(template.into_os_string().into_encoded_bytes()).unwrap_or_default();
    let mut path = Vec::new();
    let created = owned(retry(|| {
        // A call that failed may have changed it.
        path.clear();
        path.extend_from_slice(pattern.as_bytes_with_nul());
        // SAFETY: a writable C string, which keeps its length.
        unsafe { libc::mkstemp(path.as_mut_ptr().cast()) as isize }
    }));
    match created {
        Ok(_) => Ok(CString::from_vec_with_nul(path).unwrap_or_default()),
        Err(errno) => {
            let pattern = pattern.to_string_lossy();
            Err(Error::with_errno(errno, format!("Unable to create '{pattern}'")))
        }
    }
}

/// Removes what is at the path, if there is something.
fn unlink(path: &CStr) -> Result<(), Error> {
    match sys::fd::unlink(path) {
        Err(errno) if errno.get() != libc::ENOENT => {
            let path = path.to_string_lossy();
            Err(Error::with_errno(errno, format!("Unable to remove '{path}'")))
        }
        _ => Ok(()),
    }
}

/// Removes the path that a socket is bound to, if it is a Unix socket with a path.
pub(super) fn remove_path(name: &SocketName) -> Result<(), Error> {
    match name.family() == libc::AF_UNIX && !is_abstract(name) {
        true => unlink(&path(name)),
        false => Ok(()),
    }
}

/// Whether the address of a Unix socket is an abstract name.
pub(super) fn is_abstract(name: &SocketName) -> bool {
    name.length as usize > PATH_OFFSET && name.as_unix().sun_path[0] == 0
}

/// The path or abstract name of a Unix socket. The kernel reports a path that fills
/// the field with a NUL behind it.
pub(super) fn path(name: &SocketName) -> CString {
    let storage = &raw const name.storage;
    // SAFETY: all bytes of a storage are initialised.
    let bytes =
        unsafe { std::slice::from_raw_parts(storage.cast::<u8>(), size_of_val(&name.storage)) };
    let end = (name.length as usize).clamp(PATH_OFFSET, bytes.len());
    let start = PATH_OFFSET + usize::from(is_abstract(name));
    let text = bytes
        .get(start..end)
        .unwrap_or_default()
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default();
    CString::new(text).unwrap_or_default()
}

/// Whether an abstract name ends with its last character.
pub(super) fn is_tight(name: &SocketName) -> bool {
    (name.length as usize) < PATH_OFFSET + PATH_SIZE
}
