// Readiness of some fds, without an epoll: poll, ppoll. See poll(2).
#include <poll.h>

#include "call.h"

namespace fdkit {
namespace {

/// The caller's array of struct pollfd, the first `count` of them.
struct PollFds {
  pollfd* list = nullptr;
  nfds_t count = 0;
};

PollFds readFds(Call& call) {
  Bytes fds = call.bytes(0, "fds");
  int64_t capacity = static_cast<int64_t>(fds.size / sizeof(pollfd));
  int64_t count = call.number(1, "nfds", 0, capacity, " (the room there is)");
  return {reinterpret_cast<pollfd*>(fds.data), static_cast<nfds_t>(count)};
}

// poll(fds, nfds, timeout): milliseconds
napi_value Poll(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int timeout = call.int32(2, "timeout");
  PollFds fds = readFds(call);
  if (call.failed()) return nullptr;
  return call.result(poll(fds.list, fds.count, timeout));
}

// ppoll(fds, nfds, timeout, sigmask): nanoseconds
napi_value Ppoll(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Timeout timeout = call.timeout(2);
  SignalSet sigmask = call.signals(3, "sigmask");
  PollFds fds = readFds(call);
  if (call.failed()) return nullptr;
  return call.result(ppoll(fds.list, fds.count, timeout.get(), sigmask.get()));
}

const Binding kCalls[] = {
    {"poll", Poll},
    {"ppoll", Ppoll},
};

}  // namespace

void registerPoll(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
