/*
 * Certificates, keys and credentials for the TLS tests, made while they run.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "qom/object_interfaces.h"
#include "crypto/tlscreds.h"

#include <gnutls/x509.h>

/* An extension: absent, present, or present and critical. */
typedef enum Presence { ABSENT, PRESENT, CRITICAL } Presence;

/* What a certificate says. */
typedef struct CertSpec {
    /* Common name; the country is UK. NULL: the subject is empty. */
    const char *name;
    Presence constraints;
    bool is_ca;
    Presence usage;
    unsigned usage_bits;
    Presence purposes;
    const char *purpose[2];
    /* Alternative names, NULL or up to three; addresses as text. */
    const char *dns[3];
    const char *ip[3];
    /* Hours from now; an end of 0 means 24. */
    int start;
    int end;
} CertSpec;

/* Initialisers for the usual kinds; more designated members may follow. */
#define SPEC_CA(cn) .name = (cn), .constraints = CRITICAL, .is_ca = true, \
    .usage = CRITICAL, .usage_bits = GNUTLS_KEY_KEY_CERT_SIGN
#define SPEC_LEAF(cn, oid) .name = (cn), .constraints = CRITICAL, \
    .usage = CRITICAL, .purposes = CRITICAL, .purpose = { (oid) }, \
    .usage_bits = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT

/* A certificate over the key that all of them share; NULL issuer: itself. */
gnutls_x509_crt_t tls_certificate(const CertSpec *spec, gnutls_x509_crt_t issuer);

/* Writes certificates, up to a NULL, into one file. */
void tls_write_certificates(const char *dir, const char *file, ...) G_GNUC_NULL_TERMINATED;

/* Writes the key; encrypted unless the password is NULL. */
void tls_write_key(const char *dir, const char *file, const char *password);

/* Writes a list on which `issuer` revokes `revoked`. */
void tls_write_crl(const char *dir, const char *file, gnutls_x509_crt_t issuer,
                   gnutls_x509_crt_t revoked);

/* Writes text. */
void tls_write_file(const char *dir, const char *file, const char *text);

/* A directory with a CA, a server for "qemu.org" and a client "qemu". */
char *tls_make_x509_dir(void);

/*
 * Credentials of type "tls-creds-KIND" with an id that is unused; pairs of
 * property names and values follow, up to a NULL. NULL with `errp` set on failure.
 */
QCryptoTLSCreds *tls_creds(const char *kind, const char *endpoint, Error **errp, ...)
    G_GNUC_NULL_TERMINATED;

/* Takes credentials or another object out of the tree. */
void tls_drop(void *object);

/* Ends the test if there is an error, with its text. */
void tls_no_error(Error *err);

/* Ends the test unless there is an error with this text in it; frees it. */
void tls_expect_error(Error *err, const char *text);

#endif
