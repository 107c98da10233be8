/*
 * Making channels, and channels over memory: against malloc and memcpy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include "io/channel-buffer.h"
#include "io/channel-socket.h"
#include "qapi/error.h"

enum { CHUNK = 4096 };

static void new_ours(void *state, unsigned count)
{
    while (count--) {
        object_unref(OBJECT(qio_channel_socket_new()));
    }
}

static void new_reference(void *state, unsigned count)
{
    while (count--) {
        void *memory = malloc(sizeof(QIOChannelSocket));

        /* Or the compiler leaves both calls out. */
        asm volatile("" : "+r"(memory) : : "memory");
        free(memory);
    }
}

typedef struct Memory {
    QIOChannelBuffer *channel;
    char from[CHUNK];
    char to[CHUNK];
} Memory;

static void buffer_ours(void *state, unsigned count)
{
    Memory *memory = state;

    while (count--) {
        memory->channel->offset = 0;
        memory->channel->usage = 0;
        bench_require(qio_channel_write(QIO_CHANNEL(memory->channel), memory->from, CHUNK,
                                        NULL) == CHUNK);
    }
}

static void buffer_reference(void *state, unsigned count)
{
    Memory *memory = state;

    while (count--) {
        memcpy(memory->to, memory->from, CHUNK);
        asm volatile("" : : : "memory");
    }
}

void bench_channels(void)
{
    g_autofree Memory *memory = g_new0(Memory, 1);

    bench_compare(&(BenchRow) {
        .name = "socket channel: new and unref", .target = 4,
        .ours.run = new_ours, .reference.run = new_reference,
    });
    memory->channel = qio_channel_buffer_new(CHUNK);
    bench_compare(&(BenchRow) {
        .name = "buffer channel: write 4 KiB", .target = 1.15, .state = memory,
        .ours.run = buffer_ours, .reference.run = buffer_reference,
    });
    object_unref(OBJECT(memory->channel));
}
