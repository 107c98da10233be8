//! The HTTP heads that open a connection. RFC 6455, 4.
//!
//! Text in, text or a reason out; who reads and writes it is `opening`'s business.
//!
//! | file | idea |
//! |---|---|
//! | `head` | where a head ends, its header lines, lists of tokens |
//! | `key` | the keys and what is computed from them |
//! | `server` | judging a request, the replies |
//! | `client` | the request, judging a response |

mod client;
mod head;
mod key;
mod server;

pub(super) use client::{ClientRequest, RESPONSE_MAX};
pub(super) use head::{Scan, scan};
pub(super) use key::Key;
pub(super) use server::{REQUEST_MAX, Refusal, accept, judge_request};
