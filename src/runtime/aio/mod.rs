//! Event contexts: descriptors, bottom halves and timers that one thread serves.
//!
//! An `AioContext` is a GSource that can also be polled on its own. Only its home
//! thread polls or dispatches it; any thread may give it work.
//!
//! | file | idea |
//! |---|---|
//! | `context` | the context: its life, its poll, its face as a GSource |
//! | `wake` | waking a context that sleeps, and not waking one that does not |
//! | `handlers` | who wants to know about which descriptor |
//! | `monitor` | asking the kernel which descriptors are ready |
//! | `bottom_half` | functions to be called soon |
//! | `timer` | functions to be called later |
//! | `schedule` | coroutines to be entered in a context |
//! | `current` | which context the calling thread works for |
//! | `wait` | serving the main context until another one has done something |

pub(crate) mod bottom_half;
mod context;
mod current;
mod handlers;
mod monitor;
pub(crate) mod schedule;
pub(crate) mod timer;
pub(crate) mod wait;
mod wake;

pub(crate) use context::{Context, earlier};
pub(crate) use current::{bind, current_context, is_home_thread};
pub(crate) use handlers::Registration;

/// The context as C knows it.
pub(crate) use crate::abi::qemu::typedefs::AioContext as RawContext;
