"""Unix sockets as the kernel sees them."""


def is_listening(path):
    """Whether somebody listens at a path, which may be there before that."""
    with open("/proc/net/unix", encoding="utf-8", errors="surrogateescape") as table:
        entries = [line.split() for line in table]
    # The flag is that of sockets that accept connections.
    return any(entry[3] == "00010000" and entry[7:] == [str(path)] for entry in entries[1:])
