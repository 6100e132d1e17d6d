// Calls that make, name and join sockets: socket(2) to shutdown(2). Addresses are encoded bytes.
#include <sys/socket.h>

#include "call.h"

namespace fdkit {
namespace {

// socket(domain, type, protocol)
napi_value Socket(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int domain = call.int32(0, "domain");
  int type = call.int32(1, "type");
  int protocol = call.int32(2, "protocol");
  if (call.failed()) return nullptr;
  return call.newFd(socket(domain, type, protocol));
}

// bind(fd, address)
napi_value Bind(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Address address = call.address(1);
  if (call.failed()) return nullptr;
  return call.result(bind(fd, address.data, address.size));
}

// listen(fd, backlog)
napi_value Listen(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int backlog = call.int32(1, "backlog");
  if (call.failed()) return nullptr;
  return call.result(listen(fd, backlog));
}

// accept(fd, peer, addrlen): peer and addrlen may both be null
napi_value Accept(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  ValueResult peer = call.valueResult(1, "peer", "addrlen");
  if (call.failed()) return nullptr;
  int connfd = accept(fd, peer.address(), peer.addrlen());
  if (connfd >= 0) peer.store();
  return call.newFd(connfd);
}

// accept4(fd, peer, addrlen, flags): peer and addrlen may both be null
napi_value Accept4(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(3);
  ValueResult peer = call.valueResult(1, "peer", "addrlen");
  if (call.failed()) return nullptr;
  int connfd = accept4(fd, peer.address(), peer.addrlen(), flags);
  if (connfd >= 0) peer.store();
  return call.newFd(connfd);
}

// connect(fd, address)
napi_value Connect(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Address address = call.address(1);
  if (call.failed()) return nullptr;
  return call.result(connect(fd, address.data, address.size));
}

// shutdown(fd, how)
napi_value Shutdown(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int how = call.int32(1, "how");
  if (call.failed()) return nullptr;
  return call.result(shutdown(fd, how));
}

// getsockname(fd, address, addrlen)
napi_value Getsockname(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  ValueResult name = call.valueResult(1, "address", "addrlen");
  if (call.failed()) return nullptr;
  int answer = getsockname(fd, name.address(), name.addrlen());
  if (answer == 0) name.store();
  return call.result(answer);
}

// getpeername(fd, address, addrlen)
napi_value Getpeername(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  ValueResult name = call.valueResult(1, "address", "addrlen");
  if (call.failed()) return nullptr;
  int answer = getpeername(fd, name.address(), name.addrlen());
  if (answer == 0) name.store();
  return call.result(answer);
}

// socketpair(domain, type, protocol, fds): fds is an Int32Array(2)
napi_value Socketpair(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int domain = call.int32(0, "domain");
  int type = call.int32(1, "type");
  int protocol = call.int32(2, "protocol");
  int32_t* fds = call.ints(3, "fds", 2);
  if (call.failed()) return nullptr;
  int answer = socketpair(domain, type, protocol, fds);
  return answer < 0 ? call.result(answer) : call.newPair(fds);
}

const Binding kCalls[] = {
    {"socket", Socket},           {"bind", Bind},
    {"listen", Listen},           {"accept", Accept},
    {"accept4", Accept4},         {"connect", Connect},
    {"shutdown", Shutdown},       {"getsockname", Getsockname},
    {"getpeername", Getpeername}, {"socketpair", Socketpair},
};

}  // namespace

void registerSocket(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
