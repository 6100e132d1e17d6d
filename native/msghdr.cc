// Messages with their ancillary data: recvmsg, sendmsg, recvmmsg, sendmmsg.
//
// Receivers add MSG_CMSG_CLOEXEC, senders MSG_NOSIGNAL. Control bytes may lie at any address and in
// shared memory, so they are copied piece by piece and never trusted. Fds that arrive in them are
// open from then on: each is listed for the caller, and this environment owns it. See cmsg(3).
#include <sys/socket.h>

#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

#ifdef SCM_PIDFD
constexpr int kScmPidfd = SCM_PIDFD;
#else
constexpr int kScmPidfd = 4;
#endif

/// The largest vlen that the kernel looks at.
constexpr int kMaxMessages = IOV_MAX;

bool carriesFds(const cmsghdr& header) {
  return header.cmsg_level == SOL_SOCKET &&
         (header.cmsg_type == SCM_RIGHTS || header.cmsg_type == kScmPidfd);
}

/// Lists the fds that came with a message. `fds` has room for as many ints as `control` has, and
/// each is listed once, so it cannot overflow. A control message may be cut off anywhere.
int32_t collectFds(Call& call, const uint8_t* control, size_t size, int32_t* fds) {
  if (fds == nullptr) return 0;
  int32_t count = 0;
  cmsghdr header;
  for (size_t at = 0; size - at >= sizeof header;) {
    memcpy(&header, control + at, sizeof header);
    size_t length = header.cmsg_len;
    if (length < sizeof header || length > size - at) break;
    for (size_t i = CMSG_LEN(0); carriesFds(header) && i + sizeof(int) <= length;
         i += sizeof(int)) {
      int fd = -1;
      memcpy(&fd, control + at + i, sizeof fd);
      if (fd < 0) continue;
      call.ownFd(fd);
      fds[count++] = fd;
    }
    size_t space = CMSG_ALIGN(length);
    if (space > size - at) break;
    at += space;
  }
  return count;
}

/// What the kernel says of a message it received: one row of the caller's Int32Array.
struct Received {
  int32_t namelen;
  int32_t controllen;
  int32_t flags;
  int32_t fds;
};

/// Our own MSG_CMSG_CLOEXEC comes back among the flags and says nothing of the message.
Received received(Call& call, const msghdr& message, int32_t* fds) {
  auto control = static_cast<const uint8_t*>(message.msg_control);
  int32_t count = collectFds(call, control, message.msg_controllen, fds);
  return {static_cast<int32_t>(message.msg_namelen), static_cast<int32_t>(message.msg_controllen),
          static_cast<int32_t>(message.msg_flags & ~MSG_CMSG_CLOEXEC), count};
}

// recvmsg(fd, buffers, name, control, fds, received, flags): name, control and fds may be null. fds
// is an Int32Array with room for as many numbers as control, received one of 4.
napi_value Recvmsg(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(6);
  Vector buffers;
  buffers.read(call, 1);
  Bytes name = call.bytesOrNull(2, "name");
  Bytes control = call.bytesOrNull(3, "control");
  int32_t* fds = control.size == 0 ? nullptr : call.ints(4, "fds", control.size / sizeof(int));
  int32_t* row = call.ints(5, "received", 4);
  if (call.failed()) return nullptr;
  msghdr message = {};
  message.msg_name = name.data;
  message.msg_namelen = socklen(name.size);
  message.msg_iov = buffers.parts;
  message.msg_iovlen = buffers.count;
  message.msg_control = control.data;
  message.msg_controllen = socklen(control.size);
  ssize_t n = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
  if (n < 0) return call.result(n);
  Received answer = received(call, message, fds);
  memcpy(row, &answer, sizeof answer);
  return call.result(n);
}

// sendmsg(fd, buffers, name, namelen, control, controllen, flags): name and control may be null.
napi_value Sendmsg(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(6);
  Vector buffers;
  buffers.read(call, 1);
  Bytes name = call.part(2, "name", 3, "namelen");
  Bytes control = call.part(4, "control", 5, "controllen");
  if (call.failed()) return nullptr;
  msghdr message = {};
  message.msg_name = name.data;
  message.msg_namelen = socklen(name.size);
  message.msg_iov = buffers.parts;
  message.msg_iovlen = buffers.count;
  message.msg_control = control.data;
  message.msg_controllen = control.size;
  return call.result(sendmsg(fd, &message, flags | MSG_NOSIGNAL));
}

/// One row per message of a batch, as lib/sys/msghdr.ts has it. `length` is in and out.
struct Row {
  int32_t length;
  Received received;
};

/// A batch: `capacity` messages of equal room, one behind the other in each of the caller's arrays.
struct Batch {
  mmsghdr messages[kMaxMessages];
  iovec parts[kMaxMessages];
  int32_t* rows = nullptr;
  int32_t* fds = nullptr;
  int first = 0;
  int end = 0;
  size_t messageSize = 0;
  size_t nameSize = 0;
  size_t controlSize = 0;

  int vlen() const { return end - first; }

  /// (fd, buffer, names, control, fds, rows, capacity, vlen, flags)
  void read(Call& call) {
    int64_t capacity = call.number(6, "capacity", 1, kMaxMessages);
    end = first + static_cast<int>(call.number(7, "vlen", 0, capacity - first));
    Bytes buffer = call.bytes(1, "buffer");
    Bytes names = call.bytes(2, "names");
    Bytes control = call.bytes(3, "control");
    fds = call.ints(4, "fds", control.size / sizeof(int));
    rows = call.ints(5, "rows", static_cast<size_t>(capacity) * sizeof(Row) / sizeof(int32_t));
    if (call.failed()) return;
    messageSize = buffer.size / capacity;
    nameSize = names.size / capacity;
    controlSize = control.size / capacity;
    for (int i = first; i < end; i++) {
      parts[i] = {buffer.data + i * messageSize, messageSize};
      msghdr& message = messages[i].msg_hdr;
      message = {};
      message.msg_name = nameSize == 0 ? nullptr : names.data + i * nameSize;
      message.msg_namelen = socklen(nameSize);
      message.msg_iov = &parts[i];
      message.msg_iovlen = 1;
      message.msg_control = controlSize == 0 ? nullptr : control.data + i * controlSize;
      message.msg_controllen = socklen(controlSize);
    }
  }

  Row row(int i) const {
    Row row;
    memcpy(&row, rows + i * sizeof row / sizeof(int32_t), sizeof row);
    return row;
  }

  /// Takes the lengths of what is to be sent from the rows; an error for one beyond its room.
  void shorten(Call& call) {
    for (int i = first; !call.failed() && i < end; i++) {
      Row wanted = row(i);
      msghdr& message = messages[i].msg_hdr;
      if (outside(wanted.length, messageSize) || outside(wanted.received.namelen, nameSize) ||
          outside(wanted.received.controllen, controlSize)) {
        call.rejectRange("message " + std::to_string(i) + " is longer than the room it has");
        return;
      }
      parts[i].iov_len = static_cast<size_t>(wanted.length);
      message.msg_namelen = static_cast<socklen_t>(wanted.received.namelen);
      if (message.msg_namelen == 0) message.msg_name = nullptr;
      message.msg_controllen = static_cast<size_t>(wanted.received.controllen);
    }
  }

  /// Reports the first `count` messages in the rows.
  void store(Call& call, int count) const {
    for (int i = 0; i < count; i++) {
      size_t firstFd = i * (controlSize / sizeof(int));
      Row row = {static_cast<int32_t>(messages[i].msg_len),
                 received(call, messages[i].msg_hdr, controlSize == 0 ? nullptr : fds + firstFd)};
      memcpy(rows + i * sizeof row / sizeof(int32_t), &row, sizeof row);
    }
  }

 private:
  static bool outside(int32_t length, size_t room) {
    return length < 0 || static_cast<size_t>(length) > room;
  }
};

// recvmmsg(fd, buffer, names, control, fds, rows, capacity, vlen, flags). No timeout: the kernel
// looks at it only after a message has come, so it would not end a wait (BUGS in recvmmsg(2)).
napi_value Recvmmsg(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(8);
  Batch batch;
  batch.read(call);
  if (call.failed()) return nullptr;
  int count = recvmmsg(fd, batch.messages, batch.vlen(), flags | MSG_CMSG_CLOEXEC, nullptr);
  if (count < 0) return call.result(count);
  batch.store(call, count);
  return call.result(count);
}

// sendmmsg(fd, buffer, names, control, fds, rows, capacity, vlen, flags, first): the vlen messages
// from `first` on; fds is not looked at
napi_value Sendmmsg(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int flags = call.flags(8);
  Batch batch;
  batch.first = static_cast<int>(call.number(9, "first", 0, kMaxMessages - 1));
  batch.read(call);
  batch.shorten(call);
  if (call.failed()) return nullptr;
  mmsghdr* messages = batch.messages + batch.first;
  return call.result(sendmmsg(fd, messages, batch.vlen(), flags | MSG_NOSIGNAL));
}

const Binding kCalls[] = {
    {"recvmsg", Recvmsg},
    {"sendmsg", Sendmsg},
    {"recvmmsg", Recvmmsg},
    {"sendmmsg", Sendmmsg},
};

}  // namespace

void registerMsghdr(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
