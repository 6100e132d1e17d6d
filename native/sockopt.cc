// Socket options as plain bytes: getsockopt and setsockopt, any level and any name.
//
// Bytes from JavaScript never hold a pointer: an option whose struct has one is refused, and for
// filters there is setsockoptFprog, which makes the struct here. See socket(7), tcp(7).
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>

#include "call.h"

namespace fdkit {
namespace {

/// Its bytes say where the kernel is to write. Since Linux 4.18; no option is negative.
#ifdef TCP_ZEROCOPY_RECEIVE
constexpr int kZerocopyReceive = TCP_ZEROCOPY_RECEIVE;
#else
constexpr int kZerocopyReceive = -1;
#endif

/// The kernel would read where a number in the option's bytes says.
bool hasPointer(int level, int optname) {
  return level == SOL_SOCKET &&
         (optname == SO_ATTACH_FILTER || optname == SO_ATTACH_REUSEPORT_CBPF);
}

/// getsockopt takes and tells the length of a filter in instructions, not in bytes.
size_t unitOf(int level, int optname) {
  return level == SOL_SOCKET && optname == SO_GET_FILTER ? sizeof(sock_filter) : 1;
}

// getsockopt(fd, level, optname, optval, optlen): optval is a Uint8Array, optlen an Int32Array(1)
napi_value Getsockopt(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int level = call.int32(1, "level");
  int optname = call.int32(2, "optname");
  ValueResult value = call.valueResult(3, "optval", "optlen");
  if (!call.failed() && level == IPPROTO_TCP && optname == kZerocopyReceive) {
    call.rejectRange("optname must be an option without a pointer in it");
  }
  if (call.failed()) return nullptr;
  socklen_t unit = unitOf(level, optname);
  value.size /= unit;
  int answer = getsockopt(fd, level, optname, value.data, &value.size);
  value.size *= unit;
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
  if (!call.failed() && hasPointer(level, optname)) {
    call.rejectRange("optname must be an option without a pointer in it: see attachFilter");
  }
  if (call.failed()) return nullptr;
  return call.result(setsockopt(fd, level, optname, bytes.data, socklen(bytes.size)));
}

// setsockoptFprog(fd, level, optname, filter): filter has the bytes of an array of sock_filter
napi_value SetsockoptFprog(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int level = call.int32(1, "level");
  int optname = call.int32(2, "optname");
  Bytes filter = call.bytes(3, "filter");
  if (!call.failed() && !hasPointer(level, optname)) {
    call.rejectRange("optname must be SO_ATTACH_FILTER or SO_ATTACH_REUSEPORT_CBPF");
  }
  size_t count = filter.size / sizeof(sock_filter);
  if (!call.failed() && (count > BPF_MAXINSNS || filter.size % sizeof(sock_filter) != 0)) {
    call.rejectRange("filter must be whole instructions, at most " + std::to_string(BPF_MAXINSNS));
  }
  if (call.failed()) return nullptr;
  sock_fprog program = {static_cast<unsigned short>(count),
                        reinterpret_cast<sock_filter*>(filter.data)};
  return call.result(setsockopt(fd, level, optname, &program, sizeof program));
}

const Binding kCalls[] = {
    {"getsockopt", Getsockopt},
    {"setsockopt", Setsockopt},
    {"setsockoptFprog", SetsockoptFprog},
};

}  // namespace

void registerSockopt(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
