// Calls on any fd: reading and writing, also at a position; duplicates, pipes, closing.
#include <fcntl.h>
#include <sys/syscall.h>

#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

// read(fd, buffer, size, offset)
napi_value Read(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Bytes bytes = call.bytes(1, 2, 3);
  if (call.failed()) return nullptr;
  return call.result(read(fd, bytes.data, bytes.size));
}

// write(fd, buffer, size, offset)
napi_value Write(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Bytes bytes = call.bytes(1, 2, 3);
  if (call.failed()) return nullptr;
  return call.result(write(fd, bytes.data, bytes.size));
}

// readv(fd, buffers)
napi_value Readv(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(readv(fd, buffers.parts, buffers.count));
}

// writev(fd, buffers)
napi_value Writev(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(writev(fd, buffers.parts, buffers.count));
}

// pread(fd, buffer, size, position, offset)
napi_value Pread(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t position = call.position(3);
  Bytes bytes = call.bytes(1, 2, 4);
  if (call.failed()) return nullptr;
  return call.result(pread(fd, bytes.data, bytes.size, position));
}

// pwrite(fd, buffer, size, position, offset)
napi_value Pwrite(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t position = call.position(3);
  Bytes bytes = call.bytes(1, 2, 4);
  if (call.failed()) return nullptr;
  return call.result(pwrite(fd, bytes.data, bytes.size, position));
}

// preadv(fd, buffers, position)
napi_value Preadv(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t position = call.position(2);
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(preadv(fd, buffers.parts, buffers.count, position));
}

// pwritev(fd, buffers, position)
napi_value Pwritev(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t position = call.position(2);
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(pwritev(fd, buffers.parts, buffers.count, position));
}

// preadv2(fd, buffers, position, flags): a position of -1 is the file's own
napi_value Preadv2(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t position = call.position(2, -1);
  int flags = call.flags(3);
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(preadv2(fd, buffers.parts, buffers.count, position, flags));
}

// pwritev2(fd, buffers, position, flags): a position of -1 is the file's own
napi_value Pwritev2(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t position = call.position(2, -1);
  int flags = call.flags(3);
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(pwritev2(fd, buffers.parts, buffers.count, position, flags));
}

// close(fd): the owner is cleared first, for once closed the number may be another thread's.
napi_value Close(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  disownFd(fd);
  return call.result(close(fd));
}

// disownFd(fd): ours, not the kernel's. This environment's end no longer closes fd.
napi_value Disown(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  disownFd(fd);
  return call.result(0);
}

/// The commands whose third argument is a number or nothing. For any other the kernel would take
/// the number for an address and may write there.
bool takesNumber(int cmd) {
  switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETFL:
    case F_GETLEASE:
    case F_SETLEASE:
    case F_NOTIFY:
    case F_GETOWN:
    case F_SETOWN:
    case F_GETSIG:
    case F_SETSIG:
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
    case F_ADD_SEALS:
    case F_GET_SEALS:
      return true;
    default:
      return false;
  }
}

/// The commands whose third argument points to a struct, and its size; 0 for any other.
size_t structSize(int cmd) {
  switch (cmd) {
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return sizeof(struct flock);
    case F_GETOWN_EX:
    case F_SETOWN_EX:
      return sizeof(f_owner_ex);
    case F_GET_RW_HINT:
    case F_SET_RW_HINT:
    case F_GET_FILE_RW_HINT:
    case F_SET_FILE_RW_HINT:
      return sizeof(uint64_t);
    default:
      return 0;
  }
}

/// The kernel works on a copy, which is aligned.
napi_value fcntlStruct(Call& call, int fd, int cmd) {
  Bytes arg = call.bytes(2, "arg");
  size_t size = structSize(cmd);
  if (!call.failed() && arg.size < size) {
    call.rejectRange("arg must have " + std::to_string(size) + " bytes for this command, not " +
                     std::to_string(arg.size));
  }
  if (call.failed()) return nullptr;
  union {
    struct flock lock;
    f_owner_ex owner;
    uint64_t hint;
  } copy = {};
  std::memcpy(&copy, arg.data, size);
  int answer = fcntl(fd, cmd, &copy);
  if (answer >= 0) std::memcpy(arg.data, &copy, size);
  return call.result(answer);
}

// fcntl(fd, cmd, arg): a number, or a Uint8Array for the commands that take a struct
napi_value Fcntl(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int cmd = call.int32(1, "cmd");
  if (!call.failed() && structSize(cmd) > 0) return fcntlStruct(call, fd, cmd);
  int arg = call.flags(2, "arg");
  if (!call.failed() && !takesNumber(cmd)) {
    call.rejectRange("cmd must be a command that fcntl(2) lists, not " + std::to_string(cmd));
  }
  if (call.failed()) return nullptr;
  errno = 0;
  int answer = fcntl(fd, cmd, arg);
  // A process group is a negative owner, which would read as an errno.
  if (cmd == F_GETOWN && answer < 0 && errno == 0) errno = EOVERFLOW;
  bool creates = cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC;
  return creates ? call.newFd(answer) : call.result(answer);
}

// dup(oldfd)
napi_value Dup(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int oldfd = call.fd(0, "oldfd");
  if (call.failed()) return nullptr;
  return call.newFd(dup(oldfd));
}

// dup2(oldfd, newfd)
napi_value Dup2(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int oldfd = call.fd(0, "oldfd");
  int newfd = call.fd(1, "newfd");
  if (call.failed()) return nullptr;
  int answer = dup2(oldfd, newfd);
  return oldfd == newfd ? call.result(answer) : call.newFd(answer);
}

// close_range(first, last, flags): as in close(), the owners are cleared first.
napi_value CloseRange(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t first = static_cast<uint32_t>(call.number(0, "first", 0, UINT32_MAX));
  uint32_t last = static_cast<uint32_t>(call.number(1, "last", 0, UINT32_MAX));
  unsigned int flags = call.bits(2, "flags");
  if (call.failed()) return nullptr;
  if (flags == 0) {
    for (uint32_t fd = first; fd <= last && fd < kTrackedFds; fd++) disownFd(static_cast<int>(fd));
  }
#ifdef SYS_close_range
  return call.result(syscall(SYS_close_range, first, last, flags));
#else
  errno = ENOSYS;
  return call.result(-1);
#endif
}

// dup3(oldfd, newfd, flags)
napi_value Dup3(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int oldfd = call.fd(0, "oldfd");
  int newfd = call.fd(1, "newfd");
  int flags = call.flags(2);
  if (call.failed()) return nullptr;
  return call.newFd(dup3(oldfd, newfd, flags));
}

// pipe2(fds, flags): fds is an Int32Array(2)
napi_value Pipe2(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int flags = call.flags(1);
  int32_t* fds = call.ints(0, "fds", 2);
  if (call.failed()) return nullptr;
  int answer = pipe2(fds, flags);
  return answer < 0 ? call.result(answer) : call.newPair(fds);
}

const Binding kCalls[] = {
    {"read", Read},
    {"write", Write},
    {"readv", Readv},
    {"writev", Writev},
    {"close", Close},
    {"pread", Pread},
    {"pwrite", Pwrite},
    {"preadv", Preadv},
    {"pwritev", Pwritev},
    {"preadv2", Preadv2},
    {"pwritev2", Pwritev2},
    {"dup2", Dup2},
    {"close_range", CloseRange},
    {"fcntl", Fcntl},
    {"dup", Dup},
    {"dup3", Dup3},
    {"pipe2", Pipe2},
    {"disownFd", Disown},
};

}  // namespace

void registerFile(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
