// Calls that move bytes between fds without a buffer of ours: sendfile, splice, tee, vmsplice.
//
// Where C takes a pointer to an offset, these take the offset: a number, or null for the fd's own
// position. What C stores there is the offset plus the answer.
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "call.h"

namespace fdkit {
namespace {

/// A file offset, or none.
struct Offset {
  loff_t value = 0;
  bool given = false;

  loff_t* pointer() { return given ? &value : nullptr; }
};

Offset offsetOrNull(Call& call, size_t index, const char* name) {
  if (call.failed() || call.isNull(index)) return {};
  return {call.number(index, name, 0, int64_t{1} << 53), true};
}

// sendfile(outfd, infd, offset, count): offset may be null
napi_value Sendfile(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int outfd = call.fd(0, "outfd");
  int infd = call.fd(1, "infd");
  Offset offset = offsetOrNull(call, 2, "offset");
  size_t count = static_cast<size_t>(call.number(3, "count", 0, INT32_MAX));
  if (call.failed()) return nullptr;
  return call.result(sendfile(outfd, infd, offset.pointer(), count));
}

// splice(infd, inOffset, outfd, outOffset, size, flags): the offsets may be null
napi_value Splice(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int infd = call.fd(0, "infd");
  Offset in = offsetOrNull(call, 1, "inOffset");
  int outfd = call.fd(2, "outfd");
  Offset out = offsetOrNull(call, 3, "outOffset");
  size_t size = static_cast<size_t>(call.number(4, "size", 0, INT32_MAX));
  unsigned int flags = call.bits(5, "flags");
  if (call.failed()) return nullptr;
  return call.result(splice(infd, in.pointer(), outfd, out.pointer(), size, flags));
}

// tee(infd, outfd, size, flags)
napi_value Tee(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int infd = call.fd(0, "infd");
  int outfd = call.fd(1, "outfd");
  size_t size = static_cast<size_t>(call.number(2, "size", 0, INT32_MAX));
  unsigned int flags = call.bits(3, "flags");
  if (call.failed()) return nullptr;
  return call.result(tee(infd, outfd, size, flags));
}

// vmsplice(fd, buffers, flags)
napi_value Vmsplice(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  unsigned int flags = call.bits(2, "flags");
  Vector buffers;
  buffers.read(call, 1);
  if (call.failed()) return nullptr;
  return call.result(vmsplice(fd, buffers.parts, buffers.count, flags));
}

const Binding kCalls[] = {
    {"sendfile", Sendfile},
    {"splice", Splice},
    {"tee", Tee},
    {"vmsplice", Vmsplice},
};

}  // namespace

void registerSplice(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
