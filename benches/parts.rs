//! Parts of the library that C cannot reach alone: the WebSocket codec, and the switch
//! between coroutines beside that of bare corosensei. What callers pay stands in
//! `benches/c`; this is for finding out where it goes.

use std::ffi::c_void;
use std::hint::black_box;

use corosensei::Coroutine as Bare;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use qiochannel::capi::qemu::coroutine::{
    qemu_coroutine_create, qemu_coroutine_enter, qemu_coroutine_yield,
};
use qiochannel::websock_parts as websock;

const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// Frames of a client with `payload` bytes each, 64 KiB of payload in all.
fn frames(payload: usize) -> Vec<u8> {
    let (header, length) = websock::header(payload, Some(MASK));
    let frame = [&header[..length], &vec![0; payload]].concat();
    frame.repeat(65536 / payload)
}

fn unmasking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("unmask");
    for size in [100, 4096, 65536] {
        let mut data = vec![0; size];
        let from = vec![1; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("{size} bytes"), |bencher| {
            bencher.iter(|| websock::apply_mask(MASK, black_box(&mut data)));
        });
        group.bench_function(format!("{size} bytes, memcpy"), |bencher| {
            bencher.iter(|| black_box(&mut data).copy_from_slice(black_box(&from)));
        });
    }
}

fn codec(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frames");
    for payload in [100, 4096, 65536] {
        let stream = frames(payload);
        group.throughput(Throughput::Bytes(stream.len() as u64));
        group.bench_function(format!("decode, {payload} bytes each"), |bencher| {
            bencher.iter_batched_ref(
                || stream.clone(),
                |stream| black_box(websock::decode(stream)),
                BatchSize::LargeInput,
            );
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("header", |bencher| {
        bencher.iter(|| websock::header(black_box(65536), None));
    });
}

unsafe extern "C" fn nothing(_opaque: *mut c_void) {}

unsafe extern "C" fn yield_for_ever(_opaque: *mut c_void) {
    loop {
        qemu_coroutine_yield();
    }
}

fn coroutines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("coroutine");
    group.bench_function("create, enter, finish", |bencher| {
        bencher.iter(|| {
            // SAFETY: a new coroutine is entered once; its function uses no argument.
            unsafe {
                qemu_coroutine_enter(qemu_coroutine_create(Some(nothing), std::ptr::null_mut()));
            }
        });
    });
    let co = qemu_coroutine_create(Some(yield_for_ever), std::ptr::null_mut());
    group.bench_function("enter and yield", |bencher| {
        // SAFETY: it is suspended whenever it is not running, and never ends.
        bencher.iter(|| unsafe { qemu_coroutine_enter(black_box(co)) });
    });
    let mut bare = Bare::<(), (), ()>::new(|yielder, ()| {
        loop {
            yielder.suspend(());
        }
    });
    group.bench_function("bare corosensei: resume and suspend", |bencher| {
        bencher.iter(|| black_box(&mut bare).resume(()).as_yield());
    });
    drop(group);
    // It cannot end, and must not be dropped while it is suspended.
    std::mem::forget(bare);
}

criterion_group!(parts, unmasking, codec, coroutines);
criterion_main!(parts);
