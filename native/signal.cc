// Signals and processes as fds: signalfd, sigprocmask, pidfd_open, pidfd_send_signal, pidfd_getfd.
// Man pages: signalfd(2), sigprocmask(2), pidfd_open(2). Sets are the 8 bytes of call.h.
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call.h"

namespace fdkit {
namespace {

/// A kernel that has not heard of a call, and a C library whose headers have not.
#ifndef SYS_pidfd_open
constexpr long SYS_pidfd_open = -1;
#endif
#ifndef SYS_pidfd_getfd
constexpr long SYS_pidfd_getfd = -1;
#endif
#ifndef SYS_pidfd_send_signal
constexpr long SYS_pidfd_send_signal = -1;
#endif

/// The other way round than Call::signals().
void writeSignals(const sigset_t& set, uint8_t* bytes) {
  for (size_t i = 0; i < SignalSet::kBytes; i++) {
    unsigned int byte = 0;
    for (int bit = 0; bit < 8; bit++) {
      if (sigismember(&set, static_cast<int>(i) * 8 + bit + 1) == 1) byte |= 1U << bit;
    }
    bytes[i] = static_cast<uint8_t>(byte);
  }
}

// sigprocmask(how, set, oldset): of this thread. oldset is filled, or null. POSIX keeps the name
// for programs with one thread; on Linux it is pthread_sigmask(3), which older C libraries have in
// a library of its own.
napi_value Sigprocmask(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int how = call.int32(0, "how");
  SignalSet set = call.signals(1, "set");
  bool wantsOld = !call.failed() && !call.isNull(2);
  Bytes old = call.bytesOrNull(2, "oldset");
  if (!call.failed() && wantsOld && old.size != SignalSet::kBytes) {
    call.rejectRange("oldset must have 8 bytes, not " + std::to_string(old.size));
  }
  if (call.failed()) return nullptr;
  sigset_t before;
  int result = sigprocmask(how, set.get(), &before);
  if (result == 0 && wantsOld) writeSignals(before, old.data);
  return call.result(result);
}

// signalfd(fd, mask, flags): fd is -1 for a new one
napi_value Signalfd(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = static_cast<int>(call.number(0, "fd", -1, INT32_MAX));
  int flags = call.flags(2);
  SignalSet mask = call.signals(1, "mask");
  if (!call.failed() && !mask.isGiven) call.rejectType(1, "mask", "a Uint8Array");
  if (call.failed()) return nullptr;
  int answer = signalfd(fd, mask.get(), flags);
  return fd == -1 ? call.newFd(answer) : call.result(answer);
}

// pidfd_open(pid, flags)
napi_value PidfdOpen(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int pid = call.int32(0, "pid");
  int flags = call.flags(1);
  if (call.failed()) return nullptr;
  return call.newFd(static_cast<int>(syscall(SYS_pidfd_open, pid, flags)));
}

// pidfd_send_signal(pidfd, sig, flags): the siginfo is the kernel's own, as of kill()
napi_value PidfdSendSignal(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int pidfd = call.fd(0, "pidfd");
  int sig = call.int32(1, "sig");
  int flags = call.flags(2);
  if (call.failed()) return nullptr;
  return call.result(syscall(SYS_pidfd_send_signal, pidfd, sig, nullptr, flags));
}

// pidfd_getfd(pidfd, targetfd, flags)
napi_value PidfdGetfd(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int pidfd = call.fd(0, "pidfd");
  int targetfd = call.fd(1, "targetfd");
  int flags = call.flags(2);
  if (call.failed()) return nullptr;
  return call.newFd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, targetfd, flags)));
}

const Binding kCalls[] = {
    {"sigprocmask", Sigprocmask},           {"signalfd", Signalfd},      {"pidfd_open", PidfdOpen},
    {"pidfd_send_signal", PidfdSendSignal}, {"pidfd_getfd", PidfdGetfd},
};

}  // namespace

void registerSignal(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
