//! The places where threads meet, run in every order of events by a model checker.
//!
//! The modules below are the library's own source. What they synchronise with
//! (`crate::sync`, and the futex below `crate::sys`) is here the model checker's: it
//! runs each test once for every order in which the threads can take turns, and for
//! every value that the memory model lets a thread read.
//!
//! | model | checks |
//! |---|---|
//! | `word_lock` | the lock of a channel's waiters: exclusion, order of memory, no lost wake-up |
//! | `waiters` | the hand-over of coroutines between a channel's waiters and wakers |
//! | `completion` | a task's outcome is delivered once, and nothing of it is missed |
//! | `idle` | work is done once, by a thread that was just about to leave or another one |
//! | `calls` | data of a listener's client function is released once, and not in use |

#![cfg(test)]

mod sync;
mod sys;

#[path = "../../../src/net/listener/calls.rs"]
mod calls;
#[path = "../../../src/task/completion.rs"]
mod completion;
#[path = "../../../src/task/idle.rs"]
mod idle;
#[path = "../../../src/channel/coroutine/waiters.rs"]
mod waiters;

mod models;
