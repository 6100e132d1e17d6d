// Socket options as plain bytes: getsockopt and setsockopt, any level and any name.
#include <sys/socket.h>

#include "call.h"

namespace fdkit {
namespace {

// getsockopt(fd, level, optname, optval, optlen): optval is a Uint8Array, optlen an Int32Array(1)
napi_value Getsockopt(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int level = call.int32(1, "level");
  int optname = call.int32(2, "optname");
  ValueResult value = call.valueResult(3, "optval", "optlen");
  if (call.failed()) return nullptr;
  int answer = getsockopt(fd, level, optname, value.data, &value.size);
  if (answer == 0) value.store();
  return call.result(answer);
}

// setsockopt(fd, level, optname, optval): optval is a C int or a Uint8Array
napi_value Setsockopt(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int level = call.int32(1, "level");
  int optname = call.int32(2, "optname");
  if (call.failed()) return nullptr;

  if (call.isNumber(3)) {
    int number = call.flags(3, "optval");
    if (call.failed()) return nullptr;
    return call.result(setsockopt(fd, level, optname, &number, sizeof number));
  }
  Bytes bytes = call.bytes(3, "optval");
  if (call.failed()) return nullptr;
  return call.result(setsockopt(fd, level, optname, bytes.data, socklen(bytes.size)));
}

const Binding kCalls[] = {
    {"getsockopt", Getsockopt},
    {"setsockopt", Setsockopt},
};

}  // namespace

void registerSockopt(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
