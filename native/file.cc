// Calls on any fd: read, write, readv, writev, close, fcntl, dup, dup3, pipe2.
#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>

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

/// The buffers of readv and writev, at most IOV_MAX of them.
struct Vector {
  iovec parts[IOV_MAX];
  int count = 0;

  /// An element may be a getter, and a getter may resize the buffer of the element before it: all
  /// elements are fetched first, and only then the memory behind them.
  void read(Call& call, size_t index) {
    napi_value elements[IOV_MAX];
    if (!fetch(call, call.argument(index), elements)) return;
    for (int i = 0; i < count; i++) {
      Bytes bytes = call.bytesOf(elements[i], "each of buffers");
      parts[i] = {bytes.data, bytes.size};
    }
  }

 private:
  bool fetch(Call& call, napi_value array, napi_value* elements) {
    if (call.failed()) return false;
    uint32_t length = 0;
    if (napi_get_array_length(call.env(), array, &length) != napi_ok) {
      call.rejectType(1, "buffers", "an array of Uint8Array");
      return false;
    }
    if (length > IOV_MAX) {
      call.rejectRange("buffers must be at most " + std::to_string(IOV_MAX) + ", not " +
                       std::to_string(length));
      return false;
    }
    count = static_cast<int>(length);
    for (uint32_t i = 0; i < length; i++) {
      if (napi_get_element(call.env(), array, i, &elements[i]) != napi_ok) return call.abandon();
    }
    return true;
  }
};

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
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
    case F_ADD_SEALS:
    case F_GET_SEALS:
      return true;
    default:
      return false;
  }
}

// fcntl(fd, cmd, arg)
napi_value Fcntl(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int cmd = call.int32(1, "cmd");
  int arg = call.flags(2, "arg");
  if (!call.failed() && !takesNumber(cmd)) {
    call.rejectRange("cmd must be a command whose argument is a number, not " +
                     std::to_string(cmd));
  }
  if (call.failed()) return nullptr;
  int answer = fcntl(fd, cmd, arg);
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
    {"read", Read},   {"write", Write}, {"readv", Readv}, {"writev", Writev}, {"close", Close},
    {"fcntl", Fcntl}, {"dup", Dup},     {"dup3", Dup3},   {"pipe2", Pipe2},   {"disownFd", Disown},
};

}  // namespace

void registerFile(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
