// Readiness of many fds: epoll_create1, epoll_ctl, epoll_wait. See epoll(7).
//
// The 64 bits of user data are two halves of 32, low then high: no BigInt is made per event.
#include <sys/epoll.h>

#include <algorithm>
#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

// epoll_create1(flags)
napi_value EpollCreate1(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int flags = call.flags(0);
  if (call.failed()) return nullptr;
  return call.newFd(epoll_create1(flags));
}

// epoll_ctl(epfd, op, fd, events, data, dataHigh)
napi_value EpollCtl(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int epfd = call.fd(0, "epfd");
  int op = call.int32(1, "op");
  int fd = call.fd(2);
  epoll_event event = {};
  event.events = call.bits(3, "events");
  uint32_t halves[2] = {call.bits(4, "data"), call.bits(5, "dataHigh")};
  if (call.failed()) return nullptr;
  std::memcpy(&event.data, halves, sizeof halves);
  return call.result(epoll_ctl(epfd, op, fd, &event));
}

// epoll_wait(epfd, events, maxevents, timeout): the kernel writes into the caller's Uint8Array
napi_value EpollWait(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int epfd = call.fd(0, "epfd");
  int timeout = call.int32(3, "timeout");
  Bytes events = call.bytes(1, "events");
  int64_t capacity = static_cast<int64_t>(events.size / sizeof(epoll_event));
  int maxevents =
      static_cast<int>(call.number(2, "maxevents", 1, std::min<int64_t>(capacity, INT32_MAX)));
  if (call.failed()) return nullptr;
  return call.result(
      epoll_wait(epfd, reinterpret_cast<epoll_event*>(events.data), maxevents, timeout));
}

const Binding kCalls[] = {
    {"epoll_create1", EpollCreate1},
    {"epoll_ctl", EpollCtl},
    {"epoll_wait", EpollWait},
};

}  // namespace

void registerEpoll(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
