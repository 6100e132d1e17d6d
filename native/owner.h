// Who closes an fd whose maker is gone: the environment (main thread or worker) that created it.
//
// A worker may be terminated at any moment, with its fds open. So every call that creates an fd
// notes its environment, close() clears the note whoever calls it, and a worker's end closes what
// is left. The main thread needs none of it, for the kernel closes everything then: its id is 0.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace fdkit {

/// What one JavaScript environment keeps. `id` is its thread's, or 0 for the main thread's.
struct Environment {
  uint32_t id = 0;
  int highestFd = -1;
};

/// The environment that owns each fd, 0 for none. Process-wide, because fds are. An fd above the
/// kernel's default limit (fs.nr_open) is not tracked.
constexpr int kTrackedFds = 1 << 20;
inline std::atomic<uint32_t> fdOwners[kTrackedFds];

inline uint32_t environmentId() {
  long tid = syscall(SYS_gettid);
  return tid == getpid() ? 0 : static_cast<uint32_t>(tid);
}

inline void ownFd(Environment* environment, int fd) {
  if (fd >= kTrackedFds) return;
  if (environment->highestFd < fd) environment->highestFd = fd;
  fdOwners[fd].store(environment->id);
}

inline void disownFd(int fd) {
  if (fd < kTrackedFds) fdOwners[fd].store(0);
}

/// Closes every fd that `environment` created and nobody closed or disowned since. An fd that was
/// closed behind our back (fs.closeSync) still counts as open: its number may be someone else's
/// now.
inline void closeOwnedFds(Environment* environment) {
  if (environment->id == 0) return;
  for (int fd = 0; fd <= environment->highestFd; fd++) {
    uint32_t owner = environment->id;
    if (fdOwners[fd].compare_exchange_strong(owner, 0)) close(fd);
  }
}

}  // namespace fdkit
