#!/usr/bin/env python3
"""Programs whose system calls fail. TAP.

usage: run.py imports LIBQIOCHANNEL LIBFAULTS
       run.py copy LIBFAULTS QIO-COPY [--quick]
       run.py tests LIBFAULTS TEST…

imports  the library has no way to the kernel that libfaults does not know
copy     qio-copy, with the n-th call failing for n = 1, 2, … up to the last one
tests    C tests, with every so-manieth call interrupted or cut short
"""

import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile

# For waiting on things that happen at once unless something hangs.
PATIENCE = 60
REPORT = struct.Struct("II32s")
DATA = random.Random(1).randbytes(300_001)
# Kinds by which nothing is lost, and all.
TRANSPARENT = ["EINTR", "EAGAIN", "short"]
KINDS = [*TRANSPARENT, "ENOMEM", "EMFILE", "ECONNRESET", "EPIPE", "EIO", "malloc"]
# A signal may end these; a listener that blocks cannot wait for what is not there.
TOLD = {"EINTR": ("open", "open64", "close"), "EAGAIN": ("accept4",)}


class Tap:
    """Numbered results."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, good, what, problems=()):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {what}")
        for problem in problems:
            print(f"#   {problem}")
        sys.stdout.flush()

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


# What else the library takes from the C library, and why it cannot fail in a way that
# is of interest here.
HARMLESS = {
    "memory and text": """bcmp memcmp memcpy memmove memset strcmp strlen strtoll strtoull
        __errno_location __xpg_strerror_r gai_strerror gmtime_r getenv free freeaddrinfo""",
    "always succeed": """getpid gettid uselocale clock_gettime time clock_nanosleep sysconf munmap
        sigfillset sigdelset sigaction signal kill abort exit __tls_get_addr dl_iterate_phdr""",
    "locks and threads; fail only if misused": """pthread_attr_destroy pthread_attr_init
        pthread_attr_setdetachstate pthread_cond_broadcast pthread_cond_destroy
        pthread_cond_init pthread_cond_signal pthread_cond_timedwait pthread_cond_wait
        pthread_condattr_destroy pthread_condattr_init pthread_condattr_setclock
        pthread_exit pthread_join pthread_key_create pthread_key_delete
        pthread_mutex_destroy pthread_mutex_init pthread_mutex_lock pthread_mutex_trylock
        pthread_mutex_unlock pthread_mutexattr_destroy pthread_mutexattr_init
        pthread_mutexattr_settype pthread_self pthread_setcancelstate pthread_setcanceltype
        pthread_setname_np pthread_setspecific pthread_sigmask""",
    "without it, a child is known by its number alone": "__register_atfork",
    "last words of a process": "fwrite stderr getcwd readlink realpath",
    "questions to the program": "monitor_cur monitor_get_fd",
}
OTHER_LIBRARIES = ("g_", "gnutls_", "pam_", "_ITM_", "__gmon", "__cxa", "_Unwind")


def symbols(library, *options):
    output = subprocess.run(["nm", "-D", *options, library], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].partition("@")[0] for line in output.splitlines()}


def check_imports(library, faults):
    tap = Tap()
    known = symbols(faults, "--defined-only") | {name for names in HARMLESS.values() for name in names.split()}
    unknown = sorted(name for name in symbols(library, "--undefined-only") - known
                     if not name.startswith(OTHER_LIBRARIES))
    tap.result(not unknown, "every function that the library imports can be made to fail, or need not", unknown)
    with subprocess.Popen(["objdump", "--disassemble", "--no-show-raw-insn", library],
                          stdout=subprocess.PIPE, text=True) as dump:
        direct = [line.strip() for line in dump.stdout
                  if line.rstrip().endswith(("\tsyscall", "\tsysenter", "\tint    $0x80"))]
    tap.result(dump.returncode == 0 and not direct, "no code of the library calls the kernel itself", direct)
    return tap.end()


class Fault:
    """What is to fail in a program, and what has become of it."""

    def __init__(self, library, directory, **plan):
        self.path = directory / "report"
        self.path.write_bytes(bytes(REPORT.size))
        self.environment = {
            **os.environ, "LD_PRELOAD": library, "FAULTS_REPORT": str(self.path),
            **{f"FAULTS_{name.upper()}": str(value) for name, value in plan.items()},
        }

    def outcome(self):
        """How many calls were made to fail, and the last one's function."""
        _, fired, name = REPORT.unpack(self.path.read_bytes())
        return fired, name.rstrip(b"\0").decode()


class Copying:
    """A copy by one process, or by two that are connected."""

    def __init__(self, program, faults):
        self.program = program
        self.faults = faults

    def start(self, arguments, fault=None, **keywords):
        return subprocess.Popen([self.program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env=fault.environment if fault else None, start_new_session=True, **keywords)

    @staticmethod
    def end(process):
        """Status and messages; None if it hangs."""
        try:
            _, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        return process.returncode, errors.decode(errors="replace")


def alone(*arguments):
    def run(copying, directory, fault):
        process = copying.start([argument.replace("@", str(directory)) for argument in arguments], fault)
        return [copying.end(process)]
    return run


def connected(prefix, place, *options, server_fails):
    """Two processes; the one that fails is the first of the results."""
    def run(copying, directory, fault):
        address = place.replace("@", str(directory))
        listener = f"{prefix}{address.replace(':', '-listen:', 1)}"
        server = copying.start([*options, listener, f"{directory}/destination"], fault if server_fails else None)
        wait_for_server(server, directory / "socket")
        client = copying.start([*options, f"{directory}/source", prefix + address], None if server_fails else fault)
        results = [copying.end(client)]
        if server.poll() is None and results[0][0] != 0:
            # A client that never came is not the server's business.
            end_waiting(server, directory / "socket")
        results.append(copying.end(server))
        return results[::-1] if server_fails else results
    return run


def is_listening(path):
    """A path is there before anybody listens; the kernel marks a socket that does."""
    sockets = [line.split() for line in pathlib.Path("/proc/net/unix").read_text().splitlines()]
    return any(fields[-1] == str(path) and fields[3] == "00010000" for fields in sockets)


def wait_for_server(server, path):
    while server.poll() is None and not is_listening(path):
        try:
            server.wait(0.002)
        except subprocess.TimeoutExpired:
            pass


def end_waiting(server, path):
    """Comes and goes, in case that nobody else does."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            pass


TLS = ("--tls-creds", "tls0,qom-type=tls-creds-anon")
COPIES = {
    "file to file": alone("@/source", "@/destination"),
    "command to file": alone("exec:cat @/source", "@/destination"),
    "file to command": alone("@/source", "exec:sh -c 'cat > @/destination'"),
    "Unix socket, client": connected("", "unix:@/socket", server_fails=False),
    "Unix socket, server": connected("", "unix:@/socket", server_fails=True),
    "TLS, client": connected("tls:", "unix:@/socket", *TLS, server_fails=False),
    "TLS, server": connected("tls:", "unix:@/socket", *TLS, server_fails=True),
    "WebSocket, client": connected("ws:", "unix:@/socket", server_fails=False),
    "WebSocket, server": connected("ws:", "unix:@/socket", server_fails=True),
}


def ended_for_want_of_memory(kind, status, errors):
    return kind == "malloc" and status in (-signal.SIGABRT, -signal.SIGTRAP) and (
        "memory" in errors or "failed to allocate" in errors)


def objection(what, kind, function, results, received):
    """Why a copy must not end like that, or None."""
    status, errors = results[0]
    if any(status is None for status, _ in results):
        return "hangs"
    if received is not None and not DATA.startswith(received):
        return "wrong data"
    if status == 0 and received != DATA:
        return "data is missing, and there was no error"
    if what.startswith(("TLS", "WebSocket")) and "client" in what and results[1][0] == 0 and received != DATA:
        return "the receiver has not noticed that data is missing"
    if status == 0 or ended_for_want_of_memory(kind, status, errors):
        return None
    if status != 1 or not errors.startswith("qio-copy: "):
        return f"status {status}: {errors}"
    if kind in TRANSPARENT and function not in TOLD.get(kind, ()):
        return f"an error where nothing was lost: {errors}"
    return None


def try_copy(copying, what, kind, number):
    """One injection. True if there was one, and an objection or None."""
    with tempfile.TemporaryDirectory(prefix="qio-faults-") as name:
        directory = pathlib.Path(name)
        (directory / "source").write_bytes(DATA)
        fault = Fault(copying.faults, directory, kind=kind, nth=number)
        results = COPIES[what](copying, directory, fault)
        destination = directory / "destination"
        received = destination.read_bytes() if destination.exists() else None
        fired, function = fault.outcome()
        return fired > 0, function, objection(what, kind, function, results, received)


def following(number, quick):
    """The next call to try: of many, not each in the quick way."""
    return number + (1 + number // 4 if quick else 1)


def sweep(copying, what, kind, quick):
    problems, injections, number = [], 0, 1
    while len(problems) < 4:
        fired, function, problem = try_copy(copying, what, kind, number)
        if problem:
            problems.append(f"call {number} ({function or 'not reached'}): {problem.strip()}")
        if not fired:
            break
        injections += 1
        number = following(number, quick)
    return injections, problems


def check_copies(faults, program, quick):
    tap, total = Tap(), 0
    copying = Copying(os.path.abspath(program), os.path.abspath(faults))
    for what in COPIES:
        for kind in KINDS:
            injections, problems = sweep(copying, what, kind, quick)
            total += injections
            tap.result(not problems, f"qio-copy, {what}, {kind}: {injections} injections", problems)
    print(f"# {total} injections")
    return tap.end()


# Tests that must fail, and the kind of fault that makes them: they say how much one
# call transfers,
PARTIAL = {path: ["short"] for path in (
    "/file/create", "/file/seek", "/file/many", "/file-fd/pipe", "/file-fd/would-block",
    "/socket/many-elements", "/socket-fds/counts", "/socket-fds/partial-reads",
    "/websock/in/ping-flood", "/websock/in/every-byte-at-once", "/tls/channel/handshake/hostile",
    "/tls/channel/end/truncation", "/tls/channel/end/corrupt-record",
)}
# or what one turn of a loop does, or what errno is after a success.
INTERRUPTED = {path: ["EINTR"] for path in (
    "/channel-coroutine/stale-handler", "/file-fd/invalid", "/sigpipe/pipe",
)}
EXEMPT = {**PARTIAL, **INTERRUPTED}
TEST_PLANS = [("EINTR", 2), ("EINTR", 5), ("short", 1), ("short", 3)]


def paths_of(program):
    """The tests of a program."""
    run = subprocess.run([program, "-l"], capture_output=True, text=True, check=True)
    return [line for line in run.stdout.splitlines() if line.startswith("/")]


def run_test(program, path, fault):
    """Why the test failed, or None."""
    try:
        run = subprocess.run([program, "-p", path], env=fault.environment, capture_output=True, text=True,
                             errors="replace", timeout=2 * PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return f"{path}: hangs"
    if run.returncode == 0:
        return None
    lines = [line for line in run.stdout.splitlines() if "ERROR" in line] or run.stderr.splitlines() or ["?"]
    return f"{path}: status {run.returncode}: {lines[-1]}"


def run_tests(faults, program, kind, every):
    """How many calls failed, how many tests were left out, and what went wrong."""
    problems, left_out = [], 0
    with tempfile.TemporaryDirectory(prefix="qio-faults-") as directory:
        fault = Fault(faults, pathlib.Path(directory), kind=kind, every=every)
        for path in paths_of(program):
            if kind in EXEMPT.get(path, ()):
                left_out += 1
                continue
            problems.append(run_test(program, path, fault))
        return fault.outcome()[0], left_out, [problem for problem in problems if problem]


def check_tests(faults, programs):
    tap, total = Tap(), 0
    for program in programs:
        for kind, every in TEST_PLANS:
            injections, left_out, problems = run_tests(os.path.abspath(faults), program, kind, every)
            total += injections
            tap.result(not problems, f"{os.path.basename(program)}, {kind} in one call of {every}: "
                                     f"{injections} injections, {left_out} tests left out", problems)
    print(f"# {total} injections")
    return tap.end()


def main():
    command, *arguments = sys.argv[1:]
    if command == "imports":
        return check_imports(*arguments)
    if command == "copy":
        return check_copies(*arguments[:2], quick="--quick" in arguments)
    return check_tests(arguments[0], arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
