// What wakes a sleeping loop: eventfd, timerfd, signals, and Node's own loop.
// Man pages: eventfd(2), timerfd_create(2). libuv: uv_poll_t, uv_signal_t, uv_loop_t.
//
// The uv… calls are libuv's, not the kernel's. Each is known by an fd, so that JavaScript holds
// numbers only; an fd that is not one of ours, or is another thread's, is EBADF.
#include <node_api.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <uv.h>

#include <cstring>
#include <map>

#include "call.h"

namespace fdkit {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991;
constexpr int kMaxSignal = 64;

/// libuv answers -errno itself.
napi_value uvResult(Call& call, int answer) {
  if (answer >= 0) return call.result(answer);
  errno = -answer;
  return call.result(-1);
}

// eventfd(initval, flags)
napi_value Eventfd(napi_env env, napi_callback_info info) {
  Call call(env, info);
  unsigned int initval = static_cast<unsigned int>(call.number(0, "initval", 0, UINT32_MAX));
  int flags = call.flags(1);
  if (call.failed()) return nullptr;
  return call.newFd(eventfd(initval, flags));
}

// timerfd_create(clockid, flags)
napi_value TimerfdCreate(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int clockid = call.int32(0, "clockid");
  int flags = call.flags(1);
  if (call.failed()) return nullptr;
  return call.newFd(timerfd_create(clockid, flags));
}

// timerfd_settime(fd, flags, value, interval): nanoseconds, exact up to 2^53 - 1 (104 days)
napi_value TimerfdSettime(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(1);
  itimerspec spec = {};
  spec.it_value = fromNanoseconds(call.number(2, "value", 0, kMaxSafeInteger));
  spec.it_interval = fromNanoseconds(call.number(3, "interval", 0, kMaxSafeInteger));
  if (call.failed()) return nullptr;
  return call.result(timerfd_settime(fd, flags, &spec, nullptr));
}

// timerfd_gettime(fd, value): value is a Uint8Array with room for a struct itimerspec
napi_value TimerfdGettime(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Bytes room = call.bytes(1, "value");
  if (!call.failed() && room.size < sizeof(itimerspec)) {
    call.rejectRange("value must have room for " + std::to_string(sizeof(itimerspec)) + " bytes");
  }
  if (call.failed()) return nullptr;
  itimerspec spec = {};
  int answer = timerfd_gettime(fd, &spec);
  if (answer == 0) std::memcpy(room.data, &spec, sizeof spec);
  return call.result(answer);
}

// ---- Node's loop watches an fd for us ----

/// The handle must outlive uv_close, which ends in a callback; a worker that is terminated waits
/// for that callback through the cleanup hook. Without both, libuv aborts the process.
struct Poll {
  napi_env env = nullptr;
  uv_poll_t handle = {};
  napi_ref ready = nullptr;
  napi_async_context context = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;
  int fd = -1;
};

thread_local std::map<int, Poll*> polls;

Poll* pollOf(int fd) {
  auto found = polls.find(fd);
  if (found != polls.end()) return found->second;
  errno = EBADF;
  return nullptr;
}

void closedPoll(uv_handle_t* handle) {
  Poll* poll = static_cast<Poll*>(handle->data);
  napi_remove_async_cleanup_hook(poll->cleanup);
  delete poll;
}

void stopPoll(Poll* poll) {
  uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(&poll->handle);
  if (uv_is_closing(handle)) return;
  polls.erase(poll->fd);
  uv_poll_stop(&poll->handle);
  uv_close(handle, closedPoll);
  napi_delete_reference(poll->env, poll->ready);
  napi_async_destroy(poll->env, poll->context);
}

/// The one way from libuv into JavaScript: once per batch. What the function throws becomes an
/// uncaughtException with the error's own stack.
void callReady(uv_poll_t* handle, int, int) {
  Poll* poll = static_cast<Poll*>(handle->data);
  napi_env env = poll->env;
  Napi::HandleScope scope(env);
  napi_value ready = nullptr;
  if (napi_get_reference_value(env, poll->ready, &ready) != napi_ok) return;
  napi_value global = Napi::Env(env).Global();
  napi_make_callback(env, poll->context, global, ready, 0, nullptr, nullptr);
  bool threw = false;
  if (napi_is_exception_pending(env, &threw) != napi_ok || !threw) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

bool isFunction(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env, value, &type) == napi_ok && type == napi_function;
}

/// Everything about a new poll that belongs to the environment.
void bindPoll(Poll* poll, napi_env env, napi_value ready) {
  poll->env = env;
  napi_value name = Napi::String::New(env, "fdkit.Loop");
  napi_create_reference(env, ready, 1, &poll->ready);
  napi_async_init(env, nullptr, name, &poll->context);
  napi_add_async_cleanup_hook(
      env, [](napi_async_cleanup_hook_handle, void* data) { stopPoll(static_cast<Poll*>(data)); },
      poll, &poll->cleanup);
}

// uvPollStart(fd, ready): Node's loop calls ready() whenever fd is readable
napi_value UvPollStart(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  if (!isFunction(env, call.argument(1))) {
    call.rejectType(1, "ready", "a function");
    return nullptr;
  }
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return uvResult(call, UV_ENOTSUP);
  Poll* poll = new Poll{};
  poll->handle.data = poll;
  poll->fd = fd;
  int answer = uv_poll_init(loop, &poll->handle, fd);
  if (answer < 0) {
    delete poll;
    return uvResult(call, answer);
  }
  bindPoll(poll, env, call.argument(1));
  polls[fd] = poll;
  return uvResult(call, uv_poll_start(&poll->handle, UV_READABLE, callReady));
}

// uvPollStop(fd)
napi_value UvPollStop(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  Poll* poll = pollOf(fd);
  if (poll == nullptr) return call.result(-1);
  stopPoll(poll);
  return call.result(0);
}

// uvPollRef(fd): the process stays alive for it
napi_value UvPollRef(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  Poll* poll = pollOf(fd);
  if (poll == nullptr) return call.result(-1);
  uv_ref(reinterpret_cast<uv_handle_t*>(&poll->handle));
  return call.result(0);
}

// uvPollUnref(fd)
napi_value UvPollUnref(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  Poll* poll = pollOf(fd);
  if (poll == nullptr) return call.result(-1);
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll->handle));
  return call.result(0);
}

// ---- Signals ----
//
// A signal may land on any thread, and a signal has one handler per process. libuv, which Node
// uses for process.on(), installs its own at the first watcher of a signal and removes it at the
// last, so a handler of ours would be lost whenever Node's comes or goes. libuv's handler however
// serves every uv loop of the process. Hence: a private uv loop, never used for anything else,
// whose backend fd is readable when a signal has arrived. uv_run then does not wait.

struct SignalLoop {
  uv_loop_t loop = {};
  /// Keeps the loop alive in libuv's sense: uv_run does nothing for a loop without active handles.
  uv_check_t anchor = {};
  uv_signal_t watchers[kMaxSignal + 1] = {};
  /// Which signals have arrived and have not been read.
  bool arrived[kMaxSignal + 1] = {};
  napi_env env = nullptr;
};

thread_local std::map<int, SignalLoop*> signalLoops;

SignalLoop* signalLoopOf(int sigfd) {
  auto found = signalLoops.find(sigfd);
  if (found != signalLoops.end()) return found->second;
  errno = EBADF;
  return nullptr;
}

void noteSignal(uv_signal_t* watcher, int signum) {
  static_cast<SignalLoop*>(watcher->data)->arrived[signum] = true;
}

/// Only the first uv_signal_init of a loop can fail: it makes the pipe.
int openSignalLoop(SignalLoop* signals) {
  int answer = uv_loop_init(&signals->loop);
  if (answer < 0) return answer;
  for (int signum = 1; signum <= kMaxSignal; signum++) {
    answer = uv_signal_init(&signals->loop, &signals->watchers[signum]);
    if (answer < 0) {
      uv_loop_close(&signals->loop);
      return answer;
    }
    signals->watchers[signum].data = signals;
  }
  uv_check_init(&signals->loop, &signals->anchor);
  uv_check_start(&signals->anchor, [](uv_check_t*) {});
  uv_run(&signals->loop, UV_RUN_NOWAIT);
  return 0;
}

/// The loop is private: the callbacks of uv_close run here and now.
void closeSignalLoop(void* data) {
  SignalLoop* signals = static_cast<SignalLoop*>(data);
  signalLoops.erase(uv_backend_fd(&signals->loop));
  for (int signum = 1; signum <= kMaxSignal; signum++) {
    uv_close(reinterpret_cast<uv_handle_t*>(&signals->watchers[signum]), nullptr);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&signals->anchor), nullptr);
  uv_run(&signals->loop, UV_RUN_DEFAULT);
  uv_loop_close(&signals->loop);
  delete signals;
}

// uvSignalOpen(): an fd that is readable when a watched signal has arrived
napi_value UvSignalOpen(napi_env env, napi_callback_info info) {
  Call call(env, info);
  if (call.failed()) return nullptr;
  SignalLoop* signals = new SignalLoop{};
  signals->env = env;
  int answer = openSignalLoop(signals);
  if (answer < 0) {
    delete signals;
    return uvResult(call, answer);
  }
  int sigfd = uv_backend_fd(&signals->loop);
  signalLoops[sigfd] = signals;
  napi_add_env_cleanup_hook(env, closeSignalLoop, signals);
  return call.result(sigfd);
}

// uvSignalClose(sigfd)
napi_value UvSignalClose(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int sigfd = call.fd(0, "sigfd");
  if (call.failed()) return nullptr;
  SignalLoop* signals = signalLoopOf(sigfd);
  if (signals == nullptr) return call.result(-1);
  napi_remove_env_cleanup_hook(signals->env, closeSignalLoop, signals);
  closeSignalLoop(signals);
  return call.result(0);
}

// uvSignalStart(sigfd, signum)
napi_value UvSignalStart(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int sigfd = call.fd(0, "sigfd");
  int signum = static_cast<int>(call.number(1, "signum", 1, kMaxSignal));
  if (call.failed()) return nullptr;
  SignalLoop* signals = signalLoopOf(sigfd);
  if (signals == nullptr) return call.result(-1);
  return uvResult(call, uv_signal_start(&signals->watchers[signum], noteSignal, signum));
}

// uvSignalStop(sigfd, signum): a signal that arrived before is not reported any more
napi_value UvSignalStop(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int sigfd = call.fd(0, "sigfd");
  int signum = static_cast<int>(call.number(1, "signum", 1, kMaxSignal));
  if (call.failed()) return nullptr;
  SignalLoop* signals = signalLoopOf(sigfd);
  if (signals == nullptr) return call.result(-1);
  return uvResult(call, uv_signal_stop(&signals->watchers[signum]));
}

// uvSignalRead(sigfd, buffer): the numbers of the signals that arrived, a byte each; how many
napi_value UvSignalRead(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int sigfd = call.fd(0, "sigfd");
  Bytes buffer = call.bytes(1, "buffer");
  if (!call.failed() && buffer.size < kMaxSignal) call.rejectRange("buffer must have 64 bytes");
  if (call.failed()) return nullptr;
  SignalLoop* signals = signalLoopOf(sigfd);
  if (signals == nullptr) return call.result(-1);
  uv_run(&signals->loop, UV_RUN_NOWAIT);
  int n = 0;
  for (int signum = 1; signum <= kMaxSignal; signum++) {
    if (!signals->arrived[signum]) continue;
    signals->arrived[signum] = false;
    buffer.data[n++] = static_cast<uint8_t>(signum);
  }
  return call.result(n);
}

const Binding kCalls[] = {
    {"eventfd", Eventfd},
    {"timerfd_create", TimerfdCreate},
    {"timerfd_settime", TimerfdSettime},
    {"timerfd_gettime", TimerfdGettime},
    {"uvPollStart", UvPollStart},
    {"uvPollStop", UvPollStop},
    {"uvPollRef", UvPollRef},
    {"uvPollUnref", UvPollUnref},
    {"uvSignalOpen", UvSignalOpen},
    {"uvSignalClose", UvSignalClose},
    {"uvSignalStart", UvSignalStart},
    {"uvSignalStop", UvSignalStop},
    {"uvSignalRead", UvSignalRead},
};

}  // namespace

void registerWake(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
