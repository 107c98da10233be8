/*
 * Test: what the io headers need of their host's crypto/tlssession.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_TLSSESSION_H
#define HOST_TLSSESSION_H

typedef struct QCryptoTLSCreds QCryptoTLSCreds;
typedef struct QCryptoTLSSession QCryptoTLSSession;

#endif
