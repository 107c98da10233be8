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
    char *from;
} Memory;

static void buffer_ours(void *state, unsigned count)
{
    Memory *memory = state;
    QIOChannel *channel = QIO_CHANNEL(memory->channel);

    while (count--) {
        memory->channel->offset = 0;
        memory->channel->usage = 0;
        bench_require(qio_channel_write(channel, memory->from, CHUNK, NULL) == CHUNK);
    }
}

/* To the same memory: where it lies decides about more than who copies. */
static void buffer_reference(void *state, unsigned count)
{
    Memory *memory = state;
    size_t length = CHUNK;

    /* Or the compiler puts something of its own in place of memcpy(). */
    asm volatile("" : "+r"(length));
    while (count--) {
        memcpy(memory->channel->data, memory->from, length);
        asm volatile("" : : : "memory");
    }
}

void bench_channels(void)
{
    Memory memory = { 0 };

    bench_compare(&(BenchRow) {
        .name = "socket channel: new and unref", .target = 4,
        .ours.run = new_ours, .reference.run = new_reference,
    });
    memory.channel = qio_channel_buffer_new(CHUNK);
    memory.from = g_malloc0(CHUNK);
    bench_compare(&(BenchRow) {
        .name = "buffer channel: write 4 KiB", .target = 1.15, .state = &memory,
        .ours.run = buffer_ours, .reference.run = buffer_reference,
    });
    object_unref(OBJECT(memory.channel));
    g_free(memory.from);
}
