//! What ThreadSanitizer is told about stacks (`scripts/sanitizers.sh`).
//!
//! To it every stack is a timeline of its own, and a switch orders what was done
//! before it and what is done after it. Other builds have none of this.

#[cfg(not(thread_sanitizer))]
pub(super) use nothing::Timeline;
#[cfg(thread_sanitizer)]
pub(super) use threads::Timeline;

#[cfg(not(thread_sanitizer))]
mod nothing {
    /// The timeline of a stack.
    pub(in super::super) struct Timeline;

    impl Timeline {
        pub(in super::super) const fn new() -> Self {
            Self
        }

        #[inline]
        pub(in super::super) const fn enter(&self) -> Entered {
            Entered
        }
    }

    /// A timeline that was entered from another one.
    pub(in super::super) struct Entered;
}

#[cfg(thread_sanitizer)]
mod threads {
    use std::ffi::{c_uint, c_void};

    unsafe extern "C" {
        fn __tsan_create_fiber(flags: c_uint) -> *mut c_void;
        fn __tsan_destroy_fiber(fiber: *mut c_void);
        fn __tsan_get_current_fiber() -> *mut c_void;
        fn __tsan_switch_to_fiber(fiber: *mut c_void, flags: c_uint);
    }

    /// The timeline of a stack.
    pub(in super::super) struct Timeline(*mut c_void);

    impl Timeline {
        pub(in super::super) fn new() -> Self {
            // SAFETY: may be called at any time.
            Self(unsafe { __tsan_create_fiber(0) })
        }

        /// Goes on in this timeline until the result is dropped, back on the stack of
        /// the caller.
        pub(in super::super) fn enter(&self) -> Entered {
            // SAFETY: the timeline exists, and its stack runs on this thread next.
            unsafe {
                let before = __tsan_get_current_fiber();
                __tsan_switch_to_fiber(self.0, 0);
                Entered(before)
            }
        }
    }

    impl Drop for Timeline {
        fn drop(&mut self) {
            // SAFETY: its stack does not run, and goes away.
            unsafe { __tsan_destroy_fiber(self.0) };
        }
    }

    /// A timeline that was entered from another one.
    pub(in super::super) struct Entered(*mut c_void);

    impl Drop for Entered {
        fn drop(&mut self) {
            // SAFETY: that of the caller's stack, which runs again.
            unsafe { __tsan_switch_to_fiber(self.0, 0) };
        }
    }
}
