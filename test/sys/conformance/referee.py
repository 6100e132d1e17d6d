"""The second referee: runs scenarios of calls through Python's socket, select, os and fcntl.

Reads {"scenarios": [[step, ...], ...], "folder": path} from stdin and writes one line of JSON per
scenario: what each step answered. executor.ts does the same with our calls, scenarios.ts says what
steps look like. Numbers that differ from run to run are given names: fds, ports, the own pid.
"""

import array
import errno
import fcntl
import json
import os
import select
import socket
import struct
import sys
import termios
import time

MODULES = (socket, select, os, fcntl, termios)
INT = struct.calcsize("i")
CLOSED_FD = 2**31 - 1

# Of the two names of one number the one that sockets have.
NAMES = {**errno.errorcode, errno.EOPNOTSUPP: "EOPNOTSUPP"}


def constant(names):
    """The value of "SOCK_STREAM|SOCK_CLOEXEC"."""
    value = 0
    for name in names.split("|"):
        value |= next(getattr(module, name) for module in MODULES if hasattr(module, name))
    return value


class Borrowed:
    """A socket object for an fd that it must not close."""

    def __init__(self, fd):
        self.fd = fd

    def __enter__(self):
        self.sock = socket.socket(fileno=self.fd)
        return self.sock

    def __exit__(self, *_):
        self.sock.detach()


class Run:
    """One scenario: the names that its steps gave to values, and what each answered."""

    def __init__(self, folder):
        self.folder = folder
        self.values = {}
        self.ports = {}
        self.open = set()
        self.epolls = {}

    def play(self, steps):
        try:
            return [self.step(*step) for step in steps]
        finally:
            for fd in self.open:
                if fd in self.epolls:
                    self.epolls[fd].close()
                else:
                    os.close(fd)

    def step(self, what, *args):
        names, _, call = what.rpartition("=")
        try:
            values, shown = getattr(self, "do_" + call)(*map(self.argument, args))
        except OSError as error:
            return {"error": NAMES[error.errno]}
        except (OverflowError, TypeError, ValueError):
            return {"error": "bad argument"}
        for name, value in zip(names.split(","), values):
            self.values[name] = value
        return shown

    def argument(self, given):
        if isinstance(given, list):
            return [self.argument(each) for each in given]
        if isinstance(given, dict):
            return self.address(**given)
        if not isinstance(given, str):
            return given
        if given.startswith("'"):
            return given[1:].encode("latin1")
        if given.startswith("$"):
            return self.values.get(given[1:], CLOSED_FD)
        return constant(given)

    # Addresses: as Python has them, and as they are shown.

    def address(self, inet=None, inet6=None, port=0, unix=None, abstract=None):
        if unix is not None:
            return self.folder + "/" + unix
        if abstract is not None:
            return b"\0" + (self.folder + abstract).encode()
        return (inet, port) if inet is not None else (inet6, port, 0, 0)

    def port(self, port):
        if port == 0:
            return 0
        return self.ports.setdefault(port, "port %d" % (len(self.ports) + 1))

    def show(self, address):
        if address is None:
            return None
        if isinstance(address, tuple):
            return [address[0], self.port(address[1])]
        text = address if isinstance(address, str) else address.decode("latin1")
        if text == "":
            return "unnamed"
        if text[0] == "\0" and len(text) == 6:
            return "autobind"
        return text.replace(self.folder, "").replace("\0", "@")

    def opened(self, *fds):
        self.open.update(fds)
        return fds, "fd" if len(fds) == 1 else ["fd"] * len(fds)

    def name_of(self, fd):
        return next(name for name, value in self.values.items() if value == fd)

    # Sockets.

    def do_socket(self, domain, kind, protocol):
        return self.opened(socket.socket(domain, kind, protocol).detach())

    def do_socketpair(self, domain, kind, protocol):
        return self.opened(*(one.detach() for one in socket.socketpair(domain, kind, protocol)))

    def do_bind(self, fd, address):
        with Borrowed(fd) as sock:
            sock.bind(address)
        return (), 0

    def do_connect(self, fd, address):
        with Borrowed(fd) as sock:
            sock.connect(address)
        return (), 0

    def do_listen(self, fd, backlog):
        with Borrowed(fd) as sock:
            sock.listen(backlog)
        return (), 0

    def do_accept(self, fd):
        with Borrowed(fd) as sock:
            connfd, peer = sock._accept()
        self.open.add(connfd)
        return (connfd,), ["fd", self.show(peer or None)]

    def do_shutdown(self, fd, how):
        with Borrowed(fd) as sock:
            sock.shutdown(how)
        return (), 0

    def do_getsockname(self, fd):
        with Borrowed(fd) as sock:
            name = sock.getsockname()
        return (name,), self.show(name)

    def do_getpeername(self, fd):
        with Borrowed(fd) as sock:
            name = sock.getpeername()
        return (name,), self.show(name)

    # Messages.

    def do_send(self, fd, data, flags):
        with Borrowed(fd) as sock:
            return (), sock.send(data, flags)

    def do_recv(self, fd, size, flags):
        with Borrowed(fd) as sock:
            return (), sock.recv(size, flags).decode("latin1")

    def do_length(self, fd, size, flags):
        """recv whose answer may be longer than the buffer: MSG_TRUNC."""
        with Borrowed(fd) as sock:
            return (), sock.recv_into(bytearray(size), size, flags)

    def do_sendto(self, fd, data, flags, address):
        with Borrowed(fd) as sock:
            return (), sock.sendto(data, flags, address)

    def do_recvfrom(self, fd, size, flags):
        with Borrowed(fd) as sock:
            data, peer = sock.recvfrom(size, flags)
        return (), [data.decode("latin1"), self.show(peer or None)]

    def do_sendmsg(self, fd, buffers, control, flags, address=None):
        messages = [(level, kind, self.carried(data)) for level, kind, data in control]
        with Borrowed(fd) as sock:
            return (), sock.sendmsg(buffers, messages, flags, address)

    @staticmethod
    def carried(data):
        return data if isinstance(data, bytes) else array.array("i", data).tobytes()

    def do_recvmsg(self, fd, size, room, flags):
        with Borrowed(fd) as sock:
            data, control, seen, peer = sock.recvmsg(size, room, flags)
        seen &= ~socket.MSG_CMSG_CLOEXEC
        shown = [self.show_control(*each) for each in control]
        return (), [data.decode("latin1"), shown, seen, self.show(peer or None)]

    @staticmethod
    def show_control(level, kind, data):
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds = array.array("i", data[: len(data) // INT * INT])
            for fd in fds:
                os.close(fd)
            return "%d fds" % len(fds)
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            if len(data) < 3 * INT:
                return "%d bytes of credentials" % len(data)
            pid, uid, gid = struct.unpack("iII", data)
            return [pid == os.getpid(), uid, gid]
        return [level, kind, data.decode("latin1")]

    def do_CMSG_LEN(self, size):
        return (), socket.CMSG_LEN(size)

    def do_CMSG_SPACE(self, size):
        return (), socket.CMSG_SPACE(size)

    # Options.

    def do_getsockopt(self, fd, level, name, *size):
        with Borrowed(fd) as sock:
            value = sock.getsockopt(level, name, *size)
        return (), value if isinstance(value, int) else value.decode("latin1")

    def do_setsockopt(self, fd, level, name, value):
        with Borrowed(fd) as sock:
            sock.setsockopt(level, name, value)
        return (), 0

    # Any fd.

    def do_close(self, fd):
        self.open.discard(fd)
        os.close(fd)
        return (), 0

    def do_dup(self, fd):
        # os.dup sets FD_CLOEXEC, which dup(2) does not.
        copy = os.dup(fd)
        os.set_inheritable(copy, True)
        return self.opened(copy)

    def do_fcntl(self, fd, command, value=0):
        return (), fcntl.fcntl(fd, command, value)

    def do_ioctl_int(self, fd, request):
        return (), struct.unpack("i", fcntl.ioctl(fd, request, bytes(INT)))[0]

    def do_pipe2(self, flags):
        return self.opened(*os.pipe2(flags))

    def do_read(self, fd, size):
        return (), os.read(fd, size).decode("latin1")

    def do_write(self, fd, data):
        return (), os.write(fd, data)

    def do_readv(self, fd, sizes):
        buffers = [bytearray(size) for size in sizes]
        count = os.readv(fd, buffers)
        return (), [count] + [buffer.decode("latin1") for buffer in buffers]

    def do_writev(self, fd, buffers):
        return (), os.writev(fd, buffers)

    def do_pread(self, fd, size, offset):
        return (), os.pread(fd, size, offset).decode("latin1")

    def do_pwrite(self, fd, data, offset):
        return (), os.pwrite(fd, data, offset)

    def do_memfd(self):
        return self.opened(os.memfd_create("referee", os.MFD_CLOEXEC))

    def do_ftruncate(self, fd, size):
        os.ftruncate(fd, size)
        return (), 0

    def do_sendfile(self, outfd, infd, offset, count):
        return (), os.sendfile(outfd, infd, offset, count)

    def do_splice(self, infd, outfd, count, flags):
        return (), os.splice(infd, outfd, count, flags=flags)

    def do_eventfd(self, value, flags):
        return self.opened(os.eventfd(value, flags))

    def do_pidfd_open(self, pid, flags):
        return self.opened(os.pidfd_open(pid, flags))

    # Waiting.

    def do_rest(self):
        time.sleep(0.01)
        return (), 0

    def do_epoll(self):
        epoll = select.epoll()
        self.epolls[epoll.fileno()] = epoll
        return self.opened(epoll.fileno())

    def do_add(self, epfd, fd, events):
        self.epolls[epfd].register(fd, events)
        return (), 0

    def do_mod(self, epfd, fd, events):
        self.epolls[epfd].modify(fd, events)
        return (), 0

    def do_del(self, epfd, fd):
        self.epolls[epfd].unregister(fd)
        return (), 0

    def do_wait(self, epfd, maxevents, timeout_ms):
        found = self.epolls[epfd].poll(timeout_ms / 1000, maxevents)
        return (), sorted([self.name_of(fd), events] for fd, events in found)

    def do_poll(self, wanted, timeout_ms):
        poll = select.poll()
        for fd, events in wanted:
            poll.register(fd, events)
        return (), sorted([self.name_of(fd), events] for fd, events in poll.poll(timeout_ms))


def main():
    task = json.load(sys.stdin)
    os.mkdir(task["folder"])
    for number, steps in enumerate(task["scenarios"]):
        folder = "%s/%d" % (task["folder"], number)
        os.mkdir(folder)
        print(json.dumps(Run(folder).play(steps)), flush=True)


main()
