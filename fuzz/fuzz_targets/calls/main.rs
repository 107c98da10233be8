//! The C API as a state machine: a sequence of calls that the rules allow, on objects
//! that they allow. In the end every object has the references that were taken, nobody
//! is waiting any more, and nothing is left open.
//!
//! | module | holds |
//! |---|---|
//! | `world` | the objects, and what may be done with them |
//! | `create` | calls that make objects |
//! | `operate` | calls on channels |
//! | `later` | watches, handshakes, tasks and coroutines |
//!
//! Coroutines take part because `corosensei` tells the sanitizer of its stacks (feature
//! `sanitizer`). Child processes do not: a fork of an instrumented process costs more
//! than all else together.

#![no_main]

mod create;
mod later;
mod operate;
mod world;

use libfuzzer_sys::fuzz_target;
use qiochannel_fuzz::census;
use qiochannel_fuzz::input::Input;

use world::World;

/// Enough for any mixture; more only costs time.
const STEPS: usize = 200;

fuzz_target!(|data: &[u8]| {
    census::guard(|| {
        let mut input = Input::new(data);
        let world = World::default();
        for _ in 0..STEPS {
            if input.is_empty() {
                break;
            }
            step(&world, &mut input);
        }
        world.end();
    });
});

fn step(world: &World, input: &mut Input<'_>) {
    match input.below(32) {
        0 => create::buffer(world, input),
        1 => create::null(world),
        2 => create::file(world, input),
        3 => create::socket_pair(world, input),
        4 => create::websock(world, input),
        5 => create::tls(world, input),
        6 => create::listener(world, input),
        7 => create::connection(world, input),
        8 => create::connection_later(world, input),
        9 | 10 => operate::read(world, input),
        11 | 12 => operate::write(world, input),
        13 => operate::read_descriptors(world, input),
        14 => operate::write_descriptors(world, input),
        15 => operate::transfer_all(world, input),
        16 => operate::close(world, input),
        17 => operate::shut_down(world, input),
        18 => operate::adjust(world, input),
        19 => operate::seek(world, input),
        20 => operate::ask(world, input),
        21 => operate::addresses(world, input),
        22 => operate::count_references(world, input),
        23 => operate::forget(world, input),
        24 => later::add_watch(world, input),
        25 => later::remove_watch(world, input),
        26 | 27 => later::shake_hands(world, input),
        28 => later::enter_coroutine(world, input),
        29 => later::run_task(world, input),
        30 => create::drop_listener(world, input),
        _ => _ = census::run(input.below(16) + 1),
    }
}
