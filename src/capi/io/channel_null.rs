//! Functions of `io/channel-null.h`.

use crate::abi::io::channel_null::QIOChannelNull;
use crate::host::object::ObjectRef;

/// Creates a channel that takes everything that is written and is always at end of
/// file.
///
/// @return (transfer full): the channel.
#[unsafe(no_mangle)]
pub extern "C" fn qio_channel_null_new() -> *mut QIOChannelNull {
    ObjectRef::<QIOChannelNull>::new().into_raw()
}
