//! The framework and the channels.
