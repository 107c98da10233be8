//! A WebSocket over a socket, whose peer sends what it likes: handshake, reads, writes,
//! watches and the end, in any order.

#![no_main]

use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::ptr::null_mut;

use glib_sys::{
    G_SOURCE_CONTINUE, G_SOURCE_REMOVE, GIOCondition, GSource, g_source_destroy, g_source_unref,
    gboolean, gpointer,
};
use libfuzzer_sys::fuzz_target;
use qiochannel::abi::io::channel::QIOChannel;
use qiochannel::abi::io::channel_websock::QIOChannelWebsock;
use qiochannel::abi::io::task::QIOTask;
use qiochannel::capi::io::channel::{
    qio_channel_add_watch_source, qio_channel_close, qio_channel_set_blocking,
    qio_channel_set_cork, qio_channel_set_delay, qio_channel_shutdown,
};
use qiochannel::capi::io::channel_socket::qio_channel_socket_new_fd;
use qiochannel::capi::io::channel_websock::{
    qio_channel_websock_handshake, qio_channel_websock_new_client, qio_channel_websock_new_server,
};
use qiochannel::capi::io::task::qio_task_propagate_error;
use qiochannel::capi::qom::object::object_unref;
use qiochannel::websock_parts::{answer_request, end_of_head};
use qiochannel_fuzz::census;
use qiochannel_fuzz::frames;
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::io::{self, Outcome};
use qiochannel_fuzz::object::{call, references};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// More than any chain of events that ends.
const ENOUGH: usize = 1000;

fuzz_target!(|data: &[u8]| {
    census::guard(|| {
        let mut input = Input::new(data);
        let connection = Connection::new(&mut input);
        while !input.is_empty() {
            connection.step(&mut input);
        }
        connection.finish();
    });
});

/// Everything changes through `Cell`: callbacks have their own way to it.
struct Connection {
    is_client: bool,
    master: *mut QIOChannel,
    /// NULL when it was dropped.
    channel: Cell<*mut QIOChannel>,
    /// -1 when it was closed.
    peer: Cell<c_int>,
    watches: RefCell<Vec<*mut GSource>>,
    /// User data that was not released yet.
    alive: Cell<usize>,
    handshakes: Cell<usize>,
    is_open: Cell<bool>,
    is_closed: Cell<bool>,
    /// What the peer sent, and what arrived there.
    fed: RefCell<Vec<u8>>,
    drained: RefCell<Vec<u8>>,
    /// What the channel gave and took.
    read: RefCell<Vec<u8>>,
    written: RefCell<Vec<u8>>,
}

impl Connection {
    fn new(input: &mut Input<'_>) -> Self {
        let [own, peer] = io::socket_pair();
        let flags = input.byte();
        let is_client = flags & 1 != 0;
        if flags & 2 != 0 {
            let size: c_int = 4096;
            let length = size_of::<c_int>() as u32;
            // SAFETY: an option with an int, on a socket of this function.
            unsafe {
                let size = (&raw const size).cast();
                libc::setsockopt(own, libc::SOL_SOCKET, libc::SO_SNDBUF, size, length);
            }
        }
        // SAFETY: the socket is given away; the others are new objects and C strings.
        let (master, channel) = unsafe {
            let (master, message) = call(|errp| qio_channel_socket_new_fd(own, errp));
            assert_eq!(message, None);
            let master = master.cast::<QIOChannel>();
            let channel = match is_client {
                true => {
                    let (host, path, protocol) = (c"a".as_ptr(), c"/".as_ptr(), c"binary".as_ptr());
                    let create =
                        |errp| qio_channel_websock_new_client(master, host, path, protocol, errp);
                    call(create).0
                }
                false => qio_channel_websock_new_server(master),
            };
            (master, channel.cast::<QIOChannel>())
        };
        let connection = Self {
            is_client,
            master,
            channel: Cell::new(channel),
            peer: Cell::new(peer),
            watches: RefCell::default(),
            alive: Cell::new(0),
            handshakes: Cell::new(0),
            is_open: Cell::new(false),
            is_closed: Cell::new(false),
            fed: RefCell::default(),
            drained: RefCell::default(),
            read: RefCell::default(),
            written: RefCell::default(),
        };
        // SAFETY: the channel is alive.
        let (status, _) = call(|errp| unsafe { qio_channel_set_blocking(channel, false, errp) });
        assert_eq!(status, 0);
        connection
    }

    fn step(&self, input: &mut Input<'_>) {
        match input.below(18) {
            0 => self.feed(input.chunk()),
            1 | 2 => self.feed_frame(input),
            3 => self.open(),
            4 => self.shake_hands(),
            5 | 6 => self.read(&io::lengths(input, 1)),
            7 => self.read(&io::lengths(input, 64)),
            8 => self.write(&io::lengths(input, 1)),
            9 => self.write(&io::lengths(input, 64)),
            10 => self.add_watch(input),
            11 => self.remove_watch(input.below(4)),
            12 => _ = census::run(input.below(8) + 1),
            13 => self.drain(),
            14 => self.end_peer(input.below(4)),
            15 => self.adjust(input.byte()),
            16 if input.below(4) == 0 => self.close(),
            17 if input.below(8) == 0 => self.drop_channel(),
            _ => self.shut_down(input.below(16)),
        }
    }

    /// The channel, unless it was dropped.
    fn channel(&self) -> Option<*mut QIOChannel> {
        Some(self.channel.get()).filter(|channel| !channel.is_null())
    }

    /// The peer sends.
    fn feed(&self, bytes: &[u8]) {
        // SAFETY: the bytes are readable; -1 is refused.
        let count = unsafe {
            libc::send(self.peer.get(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL)
        };
        let count = usize::try_from(count).unwrap_or(0);
        self.fed.borrow_mut().extend(&bytes[..count]);
    }

    /// The peer sends a frame that may well be right.
    fn feed_frame(&self, input: &mut Input<'_>) {
        let first = match input.below(8) {
            0 => 0x02,
            1 => 0x00,
            2 => 0x80,
            3 => 0x89,
            4 => 0x8a,
            5 => 0x88,
            _ => 0x82,
        };
        let payload = match input.flag() {
            true => input.chunk().to_vec(),
            false => vec![b'x'; input.below(256) * input.below(256)],
        };
        let mask = (!self.is_client).then_some([1, 2, 3, first]);
        self.feed(&frames::frame(first, mask, &payload));
    }

    /// Has the handshake succeed, if nothing stands against it.
    fn open(&self) {
        self.shake_hands();
        if !self.is_client {
            self.feed(REQUEST);
        }
        census::run(4);
        if self.is_client {
            self.drain();
            if let Ok(reply) = answer_request(&self.drained.borrow()) {
                self.feed(reply.as_bytes());
            }
            census::run(4);
        }
    }

    fn shake_hands(&self) {
        let Some(channel) = self.channel() else { return };
        self.handshakes.set(self.handshakes.get() + 1);
        self.alive.set(self.alive.get() + 1);
        let channel = channel.cast::<QIOChannelWebsock>();
        // SAFETY: the connection outlives the handshake: `finish` waits for it.
        unsafe {
            qio_channel_websock_handshake(channel, Some(shook), self.as_opaque(), Some(released));
        }
    }

    fn as_opaque(&self) -> gpointer {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    fn read(&self, lengths: &[usize]) {
        let Some(channel) = self.channel() else { return };
        // SAFETY: the channel is alive, and there are no other threads.
        let (bytes, _) = unsafe { io::read(channel, lengths, None) };
        self.read.borrow_mut().extend(bytes);
    }

    fn write(&self, lengths: &[usize]) {
        let Some(channel) = self.channel() else { return };
        let start = self.written.borrow().len();
        let data: Vec<u8> = (start..start + lengths.iter().sum::<usize>())
            .map(|place| (place % 251) as u8)
            .collect();
        // SAFETY: the channel is alive, and there are no other threads.
        if let Outcome::Done(count) = unsafe { io::write(channel, &data, lengths, &[]) } {
            self.written.borrow_mut().extend(&data[..count]);
        }
    }

    fn add_watch(&self, input: &mut Input<'_>) {
        let Some(channel) = self.channel() else { return };
        let condition = GIOCondition::from(input.byte() & 0x1d);
        let watcher = Box::new(Watcher { connection: self, action: input.byte() });
        self.alive.set(self.alive.get() + 1);
        // SAFETY: the connection outlives its watches; a watch is released with the
        // reference that is returned.
        let source = unsafe {
            let (data, context) = (Box::into_raw(watcher).cast(), null_mut());
            let released = Some(watcher_released as unsafe extern "C" fn(gpointer));
            qio_channel_add_watch_source(channel, condition, Some(ready), data, released, context)
        };
        self.watches.borrow_mut().push(source);
    }

    fn remove_watch(&self, index: usize) {
        let mut watches = self.watches.borrow_mut();
        if index >= watches.len() {
            return;
        }
        let source = watches.remove(index);
        drop(watches);
        // SAFETY: the reference of the list.
        unsafe {
            g_source_destroy(source);
            g_source_unref(source);
        }
    }

    /// The peer receives what has arrived.
    fn drain(&self) {
        let mut buffer = [0; 65536];
        loop {
            // SAFETY: the buffer is writable; -1 is refused.
            let count =
                unsafe { libc::recv(self.peer.get(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
            match usize::try_from(count) {
                Ok(0) | Err(_) => return,
                Ok(count) => self.drained.borrow_mut().extend(&buffer[..count]),
            }
        }
    }

    fn end_peer(&self, how: usize) {
        // SAFETY: the peer's end belongs to the connection; -1 is refused.
        unsafe {
            match how {
                0 => _ = libc::close(self.peer.replace(-1)),
                1 => _ = libc::shutdown(self.peer.get(), libc::SHUT_RD),
                _ => _ = libc::shutdown(self.peer.get(), libc::SHUT_WR),
            }
        }
    }

    fn adjust(&self, how: u8) {
        let Some(channel) = self.channel() else { return };
        // SAFETY: the channel is alive.
        unsafe {
            qio_channel_set_cork(channel, how & 1 != 0);
            qio_channel_set_delay(channel, how & 2 != 0);
        }
    }

    fn close(&self) {
        let Some(channel) = self.channel() else { return };
        self.is_closed.set(true);
        // SAFETY: the channel is alive.
        let (status, message) = call(|errp| unsafe { qio_channel_close(channel, errp) });
        assert_eq!(status == 0, message.is_none(), "{message:?}");
    }

    fn shut_down(&self, how: usize) {
        let (Some(channel), 1..=3) = (self.channel(), how) else { return };
        let how = how as u32;
        // SAFETY: the channel is alive, and this is one of the directions.
        let (status, message) = call(|errp| unsafe { qio_channel_shutdown(channel, how, errp) });
        assert_eq!(status == 0, message.is_none(), "{message:?}");
    }

    /// Gives up the reference, whatever is under way.
    fn drop_channel(&self) {
        if let Some(channel) = self.channel() {
            self.channel.set(null_mut());
            // SAFETY: the reference of the connection.
            unsafe { object_unref(channel.cast()) };
        }
    }

    fn finish(&self) {
        self.drain();
        self.check_streams();
        while !self.watches.borrow().is_empty() {
            self.remove_watch(0);
        }
        if self.peer.get() >= 0 {
            self.end_peer(0);
        }
        assert!(census::run(ENOUGH), "the main context never rests");
        if let Some(channel) = self.channel() {
            // SAFETY: the reference of the connection.
            unsafe {
                assert_eq!(references(channel.cast()), 1, "the channel");
                object_unref(channel.cast());
            }
        }
        assert_eq!(self.handshakes.get(), 0, "handshakes that came to nothing");
        assert_eq!(self.alive.get(), 0, "user data that was not released");
        // SAFETY: the reference of the connection.
        unsafe {
            assert_eq!(references(self.master.cast()), 1, "the socket");
            object_unref(self.master.cast());
        }
    }

    /// What was read is what the peer sent, and what the peer got is what was written.
    fn check_streams(&self) {
        let fed = self.fed.borrow();
        let read = self.read.borrow();
        if let Ok(Some(end)) = end_of_head(&fed) {
            let sent = frames::decode(&fed[end..], self.is_client);
            assert!(sent.payload.starts_with(&read), "{} bytes were read", read.len());
        } else {
            assert!(read.is_empty(), "read before the end of the handshake");
        }
        let drained = self.drained.borrow();
        let end = match end_of_head(&drained) {
            Ok(Some(end)) => end,
            head => return assert!(head == Ok(None), "a head that is none was sent"),
        };
        let got = frames::decode(&drained[end..], !self.is_client);
        assert_eq!(got.fault, None, "the peer got bad frames");
        let written = self.written.borrow();
        assert!(written.starts_with(&got.payload), "{} bytes arrived", got.payload.len());
        assert!(self.is_open.get() || written.is_empty(), "written before the handshake");
    }
}

/// The handshake is over.
unsafe extern "C" fn shook(task: *mut QIOTask, connection: gpointer) {
    // SAFETY: the user data is the connection; the task is over.
    let connection = unsafe { &*connection.cast::<Connection>() };
    // SAFETY: as above.
    let (failed, message) = call(|errp| unsafe { qio_task_propagate_error(task, errp) });
    assert_eq!(failed, message.is_some());
    if !failed {
        assert!(!connection.is_open.replace(true), "opened twice");
    }
}

/// The data of a handshake is released: it was told what came of it, or cancelled.
unsafe extern "C" fn released(connection: gpointer) {
    // SAFETY: the user data is the connection.
    let connection = unsafe { &*connection.cast::<Connection>() };
    connection.handshakes.set(connection.handshakes.get() - 1);
    connection.alive.set(connection.alive.get() - 1);
}

struct Watcher {
    connection: *const Connection,
    action: u8,
}

/// A watched condition holds.
unsafe extern "C" fn ready(
    _channel: *mut QIOChannel,
    condition: GIOCondition,
    data: gpointer,
) -> gboolean {
    // SAFETY: the user data is a watcher, whose connection is alive.
    let (connection, action) = unsafe {
        let watcher = &*data.cast::<Watcher>();
        (&*watcher.connection, watcher.action)
    };
    assert_ne!(condition, 0, "nothing is ready");
    match action & 7 {
        0 => connection.read(&[16]),
        1 => connection.read(&[1, 5000]),
        2 => connection.write(&[10]),
        3 if action & 0x30 == 0 => connection.close(),
        4 if action & 0x30 == 0 => connection.drop_channel(),
        _ => {}
    }
    if action & 0x40 == 0 { G_SOURCE_REMOVE } else { G_SOURCE_CONTINUE }
}

unsafe extern "C" fn watcher_released(data: gpointer) {
    // SAFETY: the watch owned the box; its connection is alive.
    unsafe {
        let watcher = Box::from_raw(data.cast::<Watcher>());
        let alive = &(*watcher.connection).alive;
        alive.set(alive.get() - 1);
    }
}
