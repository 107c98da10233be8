//! Signal dispositions.

/// Ignores SIGPIPE unless the program has chosen something else.
pub(crate) fn ignore_sigpipe_if_default() {
    let mut current = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: asking writes the current disposition to `current`, read only on
    // success; SIG_IGN is a valid disposition and needs no mask.
    unsafe {
        if libc::sigaction(libc::SIGPIPE, std::ptr::null(), current.as_mut_ptr()) == 0
            && current.assume_init().sa_sigaction == libc::SIG_DFL
        {
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        }
    }
}
