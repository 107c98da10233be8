#include <sys/mman.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/un.h>

#define closesocket(s) close(s)
#define ioctlsocket(s, r, v) ioctl(s, r, v)
