//! What the fuzz targets share.
//!
//! | module | holds |
//! |---|---|
//! | [`input`] | decisions out of the fuzzer's bytes |
//! | [`census`] | descriptors and sources before and after |
//! | [`object`] | objects, errors and files of the C API |
//! | [`io`] | reading and writing, with checks |
//! | [`frames`] | WebSocket frames, once more and as simply as possible |

pub mod census;
pub mod frames;
pub mod input;
pub mod io;
pub mod object;
