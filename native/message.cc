// Calls that move messages through sockets: recv, send, recvfrom, sendto.
//
// Both senders add MSG_NOSIGNAL: a SIGPIPE would kill the process, and the error it announces is
// returned anyway (EPIPE).
#include <sys/socket.h>

#include "call.h"

namespace fdkit {
namespace {

// recv(fd, buffer, size, flags, offset)
napi_value Recv(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(3);
  Bytes bytes = call.bytes(1, 2, 4);
  if (call.failed()) return nullptr;
  return call.result(recv(fd, bytes.data, bytes.size, flags));
}

// send(fd, buffer, size, flags, offset)
napi_value Send(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(3);
  Bytes bytes = call.bytes(1, 2, 4);
  if (call.failed()) return nullptr;
  return call.result(send(fd, bytes.data, bytes.size, flags | MSG_NOSIGNAL));
}

// recvfrom(fd, buffer, size, flags, from, addrlen, offset): from and addrlen may both be null
napi_value Recvfrom(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(3);
  ValueResult from = call.valueResult(4, "from", "addrlen");
  Bytes bytes = call.bytes(1, 2, 6);
  if (call.failed()) return nullptr;
  ssize_t n = recvfrom(fd, bytes.data, bytes.size, flags, from.address(), from.addrlen());
  if (n >= 0) from.store();
  return call.result(n);
}

// sendto(fd, buffer, size, flags, address, offset)
napi_value Sendto(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(3);
  Address address = call.address(4);
  Bytes bytes = call.bytes(1, 2, 5);
  if (call.failed()) return nullptr;
  return call.result(
      sendto(fd, bytes.data, bytes.size, flags | MSG_NOSIGNAL, address.data, address.size));
}

const Binding kCalls[] = {
    {"recv", Recv},
    {"send", Send},
    {"recvfrom", Recvfrom},
    {"sendto", Sendto},
};

}  // namespace

void registerMessage(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
