/*
 * TLS: against GnuTLS on a socket of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-pair.h"

#include <sys/uio.h>

#include "qapi/error.h"

enum { RECORD = 16384, BULK = 65536, PIECE = 256, PIECES = 64 };

typedef struct Tls {
    TlsPair ours;
    RawTlsPair reference;
    char buffer[BULK];
} Tls;

static void raw_send(gnutls_session_t session, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t ret = gnutls_record_send(session, data, length);

        bench_require(ret > 0);
        data += ret;
        length -= ret;
    }
}

static void raw_receive(gnutls_session_t session, char *data, size_t length)
{
    while (length > 0) {
        ssize_t ret = gnutls_record_recv(session, data, length);

        bench_require(ret > 0);
        data += ret;
        length -= ret;
    }
}

static void bulk_ours(void *state, unsigned count)
{
    Tls *tls = state;

    while (count--) {
        bench_require(qio_channel_write_all(tls->ours.client, tls->buffer, BULK, NULL) == 0);
        bench_require(qio_channel_read_all(tls->ours.server, tls->buffer, BULK, NULL) == 0);
    }
}

static void bulk_reference(void *state, unsigned count)
{
    Tls *tls = state;

    while (count--) {
        raw_send(tls->reference.client, tls->buffer, BULK);
        raw_receive(tls->reference.server, tls->buffer, BULK);
    }
}

static void pieces_ours(void *state, unsigned count)
{
    Tls *tls = state;
    struct iovec iov[PIECES];
    int i;

    for (i = 0; i < PIECES; i++) {
        iov[i] = (struct iovec) { tls->buffer + i * PIECE, PIECE };
    }
    while (count--) {
        bench_require(qio_channel_writev_all(tls->ours.client, iov, PIECES, NULL) == 0);
    }
}

static void pieces_receive_ours(void *state, unsigned count)
{
    Tls *tls = state;

    while (count--) {
        bench_require(qio_channel_read_all(tls->ours.server, tls->buffer, RECORD, NULL) == 0);
    }
}

static void pieces_reference(void *state, unsigned count)
{
    Tls *tls = state;

    while (count--) {
        raw_send(tls->reference.client, tls->buffer, RECORD);
    }
}

static void pieces_receive_reference(void *state, unsigned count)
{
    Tls *tls = state;

    while (count--) {
        raw_receive(tls->reference.server, tls->buffer, RECORD);
    }
}

static void measure_version(TlsVersion version, const char *bulk, const char *pieces)
{
    g_autofree Tls *tls = g_new0(Tls, 1);
    QIOChannel *masters[2];

    tls_masters(masters);
    tls_pair_open(&tls->ours, masters, version);
    raw_tls_pair_open(&tls->reference, version);
    bench_compare(&(BenchRow) {
        .name = bulk, .target = 1.03, .state = tls, .count = 1,
        .ours.run = bulk_ours, .reference.run = bulk_reference,
    });
    bench_compare(&(BenchRow) {
        .name = pieces, .target = 1.1, .state = tls, .count = 4,
        .ours = { NULL, pieces_ours, pieces_receive_ours },
        .reference = { NULL, pieces_reference, pieces_receive_reference },
    });
    tls_pair_close(&tls->ours);
    raw_tls_pair_close(&tls->reference);
}

void bench_tls(void)
{
    if (!bench_group_wanted("TLS")) {
        return;
    }
    measure_version(TLS_1_2, "TLS 1.2: write and read 64 KiB",
                    "TLS 1.2: write 64 pieces of 256 bytes");
    measure_version(TLS_1_3, "TLS 1.3: write and read 64 KiB",
                    "TLS 1.3: write 64 pieces of 256 bytes");
}
