//! Every type the library registers, in one list.

use crate::abi::io::channel_buffer::QIOChannelBuffer;
use crate::abi::io::channel_command::QIOChannelCommand;
use crate::abi::io::channel_file::QIOChannelFile;
use crate::abi::io::channel_null::QIOChannelNull;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::channel_tls::QIOChannelTLS;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::{base, class};
use crate::net::{listener, resolver};

/// Registers the types with the host. Parents may come after their children.
pub(crate) fn register_all() {
    base::register();
    #[cfg(feature = "runtime")]
    crate::runtime::register_types();
    class::register::<QIOChannelBuffer>();
    class::register::<QIOChannelCommand>();
    class::register::<QIOChannelFile>();
    class::register::<QIOChannelNull>();
    class::register::<QIOChannelTLS>();
    class::register::<QIOChannelWebsock>();
    class::register::<QIOChannelSocket>();
    listener::register();
    resolver::register();
}

/// Inside QEMU the types register before `main`, and equally when the library is
/// loaded later: the host resolves parents by name when a class is first used.
#[cfg(not(feature = "runtime"))]
#[used]
#[unsafe(link_section = ".init_array")]
static REGISTER_WITH_HOST: extern "C" fn() = register_with_host;

#[cfg(not(feature = "runtime"))]
extern "C" fn register_with_host() {
    register_all();
}
