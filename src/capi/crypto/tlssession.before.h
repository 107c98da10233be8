#include "crypto/tlscreds.h"

/* A TLS session: the handshake, and records over whatever its callbacks reach. */
typedef struct QCryptoTLSSession QCryptoTLSSession;
