// Requests to what is behind an fd: ioctl. Man pages: ioctl(2), tcp(7), netdevice(7).
//
// A number is never passed where the kernel expects a pointer, and the kernel never sees the memory
// of JavaScript: it works on a copy of 16 KiB, more than any request may have. How many bytes the
// caller must bring is known from the table below or stands in the request itself (_IOC_SIZE). Any
// other request is refused, among them the old ones whose structs hold pointers, such as
// SIOCGIFCONF and SIOCETHTOOL. Pointers in the struct of a newer request are the caller's affair;
// requests to sockets have none.
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

constexpr size_t kMaxSize = size_t{1} << _IOC_SIZEBITS;

/// How many bytes the requests of old have, which do not say so; -1 for any other.
int sizeOfOld(unsigned int request) {
  switch (request) {
    case FIOCLEX:
    case FIONCLEX:
      return 0;
    case FIONREAD:  // SIOCINQ
    case TIOCOUTQ:  // SIOCOUTQ
    case SIOCOUTQNSD:
    case SIOCATMARK:
    case FIONBIO:
    case FIOASYNC:
    case SIOCGPGRP:
    case SIOCSPGRP:
      return sizeof(int);
    case TIOCGWINSZ:
      return sizeof(winsize);
    case SIOCGIFNAME:
    case SIOCGIFINDEX:
    case SIOCGIFFLAGS:
    case SIOCSIFFLAGS:
    case SIOCGIFADDR:
    case SIOCSIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCSIFDSTADDR:
    case SIOCGIFBRDADDR:
    case SIOCSIFBRDADDR:
    case SIOCGIFNETMASK:
    case SIOCSIFNETMASK:
    case SIOCGIFMTU:
    case SIOCSIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFMETRIC:
    case SIOCGIFTXQLEN:
    case SIOCSIFTXQLEN:
      return sizeof(ifreq);
    default:
      return -1;
  }
}

/// The bytes that `request` reads or writes, or -1 if nobody knows.
int sizeOf(unsigned int request) {
  if (_IOC_DIR(request) == _IOC_NONE) return sizeOfOld(request);
  return static_cast<int>(_IOC_SIZE(request));
}

// ioctl(fd, request, arg): a Uint8Array, or null for a request without an argument
napi_value Ioctl(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  unsigned int request = call.bits(1, "request");
  Bytes arg = call.bytesOrNull(2, "arg");
  int size = sizeOf(request);
  if (!call.failed() && size < 0) {
    call.rejectRange("request must be one whose size is known, not " + std::to_string(request));
  }
  if (!call.failed() && arg.size < static_cast<size_t>(size)) {
    call.rejectRange("arg must have " + std::to_string(size) + " bytes for this request, not " +
                     std::to_string(arg.size));
  }
  if (call.failed()) return nullptr;
  alignas(max_align_t) uint8_t copy[kMaxSize] = {};
  size_t used = std::min(arg.size, kMaxSize);
  if (used > 0) std::memcpy(copy, arg.data, used);
  int answer = ioctl(fd, request, copy);
  if (answer >= 0 && used > 0) std::memcpy(arg.data, copy, used);
  return call.result(answer);
}

const Binding kCalls[] = {
    {"ioctl", Ioctl},
};

}  // namespace

void registerIoctl(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
