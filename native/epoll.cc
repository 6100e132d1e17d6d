// Readiness of many fds: epoll_create1, epoll_ctl, epoll_wait, epoll_pwait, epoll_pwait2. See
// epoll(7).
//
// The 64 bits of user data are two halves of 32, low then high: no BigInt is made per event.
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

/// The caller's memory for events: as many as `maxevents` says, and it has room for.
struct Events {
  epoll_event* list = nullptr;
  int max = 0;
};

Events readEvents(Call& call) {
  Bytes events = call.bytes(1, "events");
  int64_t capacity = static_cast<int64_t>(events.size / sizeof(epoll_event));
  int64_t max = call.number(2, "maxevents", 1, std::min<int64_t>(capacity, INT32_MAX));
  return {reinterpret_cast<epoll_event*>(events.data), static_cast<int>(max)};
}

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
  Events events = readEvents(call);
  if (call.failed()) return nullptr;
  return call.result(epoll_wait(epfd, events.list, events.max, timeout));
}

// epoll_pwait(epfd, events, maxevents, timeout, sigmask): milliseconds
napi_value EpollPwait(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int epfd = call.fd(0, "epfd");
  int timeout = call.int32(3, "timeout");
  SignalSet sigmask = call.signals(4, "sigmask");
  Events events = readEvents(call);
  if (call.failed()) return nullptr;
  return call.result(epoll_pwait(epfd, events.list, events.max, timeout, sigmask.get()));
}

// epoll_pwait2(epfd, events, maxevents, timeout, sigmask): nanoseconds. Older C libraries lack it,
// and kernels before 5.11 answer ENOSYS.
napi_value EpollPwait2(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int epfd = call.fd(0, "epfd");
  Timeout timeout = call.timeout(3);
  SignalSet sigmask = call.signals(4, "sigmask");
  Events events = readEvents(call);
  if (call.failed()) return nullptr;
#ifdef SYS_epoll_pwait2
  return call.result(syscall(SYS_epoll_pwait2, epfd, events.list, events.max, timeout.get(),
                             sigmask.get(), SignalSet::kBytes));
#else
  errno = ENOSYS;
  return call.result(-1);
#endif
}

const Binding kCalls[] = {
    {"epoll_create1", EpollCreate1}, {"epoll_ctl", EpollCtl},       {"epoll_wait", EpollWait},
    {"epoll_pwait", EpollPwait},     {"epoll_pwait2", EpollPwait2},
};

}  // namespace

void registerEpoll(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
