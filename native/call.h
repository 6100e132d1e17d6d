// How a JavaScript call becomes a system call: argument readers, the result, the owner of each fd.
//
// Every binding takes the same four steps: read the arguments, stop if one was bad, ask the kernel,
// hand back its number. A bad argument is a TypeError or RangeError that names it and is raised
// before the kernel is asked; a kernel failure is the number -errno. Readers accept numbers and
// views only and never convert, so no JavaScript runs between a reader and the kernel.
#pragma once

#include <limits.h>
#include <napi.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string>

#include "owner.h"

namespace fdkit {

/// One row of a family's table: the C name of a call and the function that makes it.
struct Binding {
  const char* name;
  napi_callback run;
};

/// Puts every row of `bindings` into the table of calls that JavaScript sees.
template <size_t count>
void registerCalls(Napi::Object table, const Binding (&bindings)[count]) {
  Napi::Env env = table.Env();
  for (const Binding& binding : bindings) {
    napi_value function;
    napi_status status = napi_create_function(env, binding.name, NAPI_AUTO_LENGTH, binding.run,
                                              const_cast<Binding*>(&binding), &function);
    NAPI_THROW_IF_FAILED_VOID(env, status);
    table.Set(binding.name, Napi::Value(env, function));
  }
}

/// A run of bytes inside the caller's view. Valid until JavaScript runs again.
struct Bytes {
  uint8_t* data = nullptr;
  size_t size = 0;
};

/// The kernel takes a socklen_t above INT_MAX for a negative number.
inline socklen_t socklen(size_t size) {
  return static_cast<socklen_t>(size < INT32_MAX ? size : INT32_MAX);
}

/// An encoded socket address.
struct Address {
  const sockaddr* data = nullptr;
  socklen_t size = 0;
};

/// A value-result argument (accept, getsockname, getsockopt): the kernel fills `data` and sets
/// `size`; store() reports that size, which may exceed the room there was, in the caller's array.
struct ValueResult {
  void* data = nullptr;
  socklen_t size = 0;
  int32_t* slot = nullptr;

  sockaddr* address() const { return static_cast<sockaddr*>(data); }
  socklen_t* addrlen() { return data == nullptr ? nullptr : &size; }
  void store() const {
    if (slot != nullptr) *slot = static_cast<int32_t>(size);
  }
};

inline timespec fromNanoseconds(int64_t ns) {
  return {static_cast<time_t>(ns / 1000000000), static_cast<long>(ns % 1000000000)};
}

/// How long to wait: C says by a null pointer that there is no limit.
struct Timeout {
  timespec time = {};
  bool isLimited = false;

  const timespec* get() const { return isLimited ? &time : nullptr; }
};

/// A set of signals, or none at all: a null pointer.
struct SignalSet {
  static constexpr size_t kBytes = 8;
  sigset_t signals = {};
  bool isGiven = false;

  const sigset_t* get() const { return isGiven ? &signals : nullptr; }
};

/// One call in progress. After the first bad argument failed() is true, an exception is pending,
/// and the remaining readers answer zero without looking.
class Call {
 public:
  static constexpr size_t kMaxArguments = 10;
  static constexpr double kMaxSafeInteger = 9007199254740991;

  Call(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kMaxArguments;
    void* binding = nullptr;
    napi_status status = napi_get_cb_info(env, info, &count, arguments_, nullptr, &binding);
    failed_ = status != napi_ok;
    name_ = failed_ ? "" : static_cast<const Binding*>(binding)->name;
  }

  napi_env env() const { return env_; }
  bool failed() const { return failed_; }

  int fd(size_t index, const char* name = "fd") {
    return static_cast<int>(number(index, name, 0, INT32_MAX));
  }

  int32_t int32(size_t index, const char* name) {
    return static_cast<int32_t>(number(index, name, INT32_MIN, INT32_MAX));
  }

  /// 32 bits without a sign of their own: JavaScript's `|` makes negative numbers of high bits.
  uint32_t bits(size_t index, const char* name) {
    return static_cast<uint32_t>(number(index, name, INT32_MIN, UINT32_MAX));
  }

  /// A place in a file.
  off_t position(size_t index, int64_t min = 0) {
    return static_cast<off_t>(number(index, "position", min, int64_t{1} << 53));
  }

  int flags(size_t index, const char* name = "flags") {
    return static_cast<int>(bits(index, name));
  }

  /// An integer from `min` to `max`; `why` explains a limit that is not the type's own. It is read
  /// as a double, for the integer getters wrap: to them NaN and 2**32 are 0.
  int64_t number(size_t index, const char* name, int64_t min, int64_t max, const char* why = "") {
    if (failed_) return 0;
    double value = 0;
    napi_status status = napi_get_value_double(env_, arguments_[index], &value);
    if (status == napi_ok && std::fabs(value) <= kMaxSafeInteger) {
      int64_t whole = static_cast<int64_t>(value);
      if (static_cast<double>(whole) == value && whole >= min && whole <= max) return whole;
    }
    rejectNumber(index, status == napi_ok, name, min, max, why);
    return 0;
  }

  /// A whole Uint8Array. A detached view, or one out of bounds of a resized buffer, has no bytes.
  Bytes bytes(size_t index, const char* name) {
    size_t length = 0;
    void* data = view(index, napi_uint8_array, name, &length);
    return {static_cast<uint8_t*>(data), length};
  }

  /// `size` bytes at `offset` of a Uint8Array, as read(fd, buffer, size, offset) names them.
  Bytes bytes(size_t index, size_t sizeIndex, size_t offsetIndex) {
    Bytes whole = bytes(index, "buffer");
    int64_t length = static_cast<int64_t>(whole.size);
    int64_t offset = number(offsetIndex, "offset", 0, length, " (the buffer's length)");
    int64_t size =
        number(sizeIndex, "size", 0, length - offset, " (the buffer's bytes from offset on)");
    if (failed_) return {};
    return {size == 0 ? nullptr : whole.data + offset, static_cast<size_t>(size)};
  }

  /// An Int32Array with room for `count` results.
  int32_t* ints(size_t index, const char* name, size_t count) {
    size_t length = 0;
    void* data = view(index, napi_int32_array, name, &length);
    if (failed_) return nullptr;
    if (length < count) {
      reject(&napi_throw_range_error, "ERR_OUT_OF_RANGE",
             std::string(name) + " must have room for " + std::to_string(count) + " numbers");
      return nullptr;
    }
    return static_cast<int32_t*>(data);
  }

  /// A whole Uint8Array, or null for none.
  Bytes bytesOrNull(size_t index, const char* name) {
    if (failed_ || isNull(index)) return {};
    return bytes(index, name);
  }

  /// The first part of a Uint8Array, as long as a number says, or null and 0.
  Bytes part(size_t index, const char* name, size_t sizeIndex, const char* sizeName) {
    Bytes whole = bytesOrNull(index, name);
    int64_t room = socklen(whole.size);
    int64_t size = number(sizeIndex, sizeName, 0, room, " (the room there is)");
    return {size == 0 ? nullptr : whole.data, static_cast<size_t>(size)};
  }

  /// A socket address as bytes. Any family and any length: the kernel judges both.
  Address address(size_t index) {
    Bytes encoded = bytes(index, "address");
    return {reinterpret_cast<const sockaddr*>(encoded.data), socklen(encoded.size)};
  }

  /// A Uint8Array for the kernel to fill and an Int32Array(1) for the size, or null and null.
  ValueResult valueResult(size_t index, const char* name, const char* sizeName) {
    if (failed_ || (isNull(index) && isNull(index + 1))) return {};
    Bytes room = bytes(index, name);
    int32_t* slot = ints(index + 1, sizeName, 1);
    return {room.data, socklen(room.size), slot};
  }

  /// Nanoseconds to wait, exact up to 2^53 - 1 (104 days), or -1: without a limit.
  Timeout timeout(size_t index) {
    int64_t ns = number(index, "timeout", -1, static_cast<int64_t>(kMaxSafeInteger));
    return ns < 0 ? Timeout{} : Timeout{fromNanoseconds(ns), true};
  }

  /// Signals as 8 bytes, signal n being bit (n - 1) % 8 of byte (n - 1) / 8, or null for no set.
  /// The two that the C library keeps for its threads are left out, silently, as it does itself.
  SignalSet signals(size_t index, const char* name) {
    SignalSet set;
    sigemptyset(&set.signals);
    if (failed_ || isNull(index)) return set;
    Bytes given = bytes(index, name);
    if (!failed_ && given.size != SignalSet::kBytes) {
      rejectRange(std::string(name) + " must have 8 bytes, not " + std::to_string(given.size));
    }
    if (failed_) return set;
    for (int i = 0; i < static_cast<int>(SignalSet::kBytes) * 8; i++) {
      if ((given.data[i / 8] >> (i % 8) & 1) != 0) sigaddset(&set.signals, i + 1);
    }
    set.isGiven = true;
    return set;
  }

  /// A path as bytes, copied and ended with a NUL, which therefore cannot be inside.
  std::string path(size_t index, const char* name) {
    Bytes given = bytes(index, name);
    std::string path(reinterpret_cast<const char*>(given.data), given.size);
    if (!failed_ && path.find('\0') != std::string::npos) {
      rejectRange(std::string(name) + " must have no NUL in it");
    }
    return path;
  }

  bool isNumber(size_t index) const { return typeOf(index) == napi_number; }

  bool isNull(size_t index) const { return typeOf(index) == napi_null; }

  /// The argument itself, for a reader of its own.
  napi_value argument(size_t index) const { return arguments_[index]; }

  /// A Uint8Array that is an element of an argument.
  Bytes bytesOf(napi_value element, const char* name) {
    if (failed_) return {};
    arguments_[kMaxArguments] = element;
    return bytes(kMaxArguments, name);
  }

  /// What the kernel answered: `answer`, or -errno if it is negative. No call may stand between the
  /// system call and this one, for errno would not survive it.
  napi_value result(ssize_t answer) {
    int32_t number = static_cast<int32_t>(answer < 0 ? -errno : answer);
    napi_value value = nullptr;
    return napi_create_int32(env_, number, &value) == napi_ok ? value : nullptr;
  }

  /// The result of a call that creates an fd: as result(), and the environment owns the fd.
  napi_value newFd(int fd) {
    if (fd < 0) return result(fd);
    ownFd(fd);
    return result(fd);
  }

  /// The result of a call that created two fds and succeeded.
  napi_value newPair(const int32_t* fds) {
    ownFd(fds[0]);
    ownFd(fds[1]);
    return result(0);
  }

  /// This environment closes `fd` at its end unless somebody does before.
  void ownFd(int fd) {
    void* data = nullptr;
    if (napi_get_instance_data(env_, &data) != napi_ok || data == nullptr) return;
    fdkit::ownFd(static_cast<Environment*>(data), fd);
  }

  /// Gives up without an error of our own: the caller's code has thrown one, which is pending.
  bool abandon() {
    failed_ = true;
    return false;
  }

  /// Throws a TypeError for an argument of the wrong type: `name` must be `expected`.
  [[gnu::cold]] void rejectType(size_t index, const char* name, const char* expected) {
    reject(&napi_throw_type_error, "ERR_INVALID_ARG_TYPE",
           std::string(name) + " must be " + expected + ", not " + describe(index));
  }

  /// Throws a RangeError that says `message`.
  [[gnu::cold]] void rejectRange(const std::string& message) {
    reject(&napi_throw_range_error, "ERR_OUT_OF_RANGE", message);
  }

 private:
  using Throw = napi_status (*)(napi_env, const char*, const char*);

  void* view(size_t index, napi_typedarray_type kind, const char* name, size_t* length) {
    if (failed_) return nullptr;
    napi_typedarray_type type;
    void* data = nullptr;
    napi_status status =
        napi_get_typedarray_info(env_, arguments_[index], &type, length, &data, nullptr, nullptr);
    if (status == napi_ok && type == kind) return data;
    *length = 0;
    rejectType(index, name, kind == napi_uint8_array ? "a Uint8Array" : "an Int32Array");
    return nullptr;
  }

  napi_valuetype typeOf(size_t index) const {
    napi_valuetype type = napi_undefined;
    return napi_typeof(env_, arguments_[index], &type) == napi_ok ? type : napi_undefined;
  }

  [[gnu::cold]] void rejectNumber(size_t index, bool isNumber, const char* name, int64_t min,
                                  int64_t max, const char* why) {
    std::string message = std::string(name) + " must be an integer from " + std::to_string(min) +
                          " to " + std::to_string(max) + why + ", not " + describe(index);
    if (isNumber) {
      reject(&napi_throw_range_error, "ERR_OUT_OF_RANGE", message);
    } else {
      reject(&napi_throw_type_error, "ERR_INVALID_ARG_TYPE", message);
    }
  }

  [[gnu::cold]] void reject(Throw raise, const char* code, const std::string& message) {
    failed_ = true;
    raise(env_, code, (std::string(name_) + ": " + message).c_str());
  }

  /// A bad argument in words: primitives as they are written, objects by their kind.
  [[gnu::cold]] std::string describe(size_t index) const {
    switch (typeOf(index)) {
      case napi_undefined:
      case napi_null:
      case napi_boolean:
      case napi_number:
        return text(index);
      case napi_bigint:
        return text(index) + "n";
      case napi_string:
        return '"' + text(index) + '"';
      case napi_symbol:
        return "a symbol";
      case napi_function:
        return "a function";
      default:
        return describeObject(arguments_[index]);
    }
  }

  [[gnu::cold]] std::string describeObject(napi_value value) const {
    bool yes = false;
    if (napi_is_typedarray(env_, value, &yes) == napi_ok && yes) return "another kind of view";
    if (napi_is_dataview(env_, value, &yes) == napi_ok && yes) return "a DataView";
    if (napi_is_arraybuffer(env_, value, &yes) == napi_ok && yes) return "an ArrayBuffer";
    if (napi_is_array(env_, value, &yes) == napi_ok && yes) return "an array";
    return "an object";
  }

  /// A primitive's text, cut short. Converting a primitive runs none of the caller's code.
  [[gnu::cold]] std::string text(size_t index) const {
    napi_value string;
    char buffer[40];
    size_t length = 0;
    if (napi_coerce_to_string(env_, arguments_[index], &string) != napi_ok) return "?";
    if (napi_get_value_string_utf8(env_, string, buffer, sizeof buffer, &length) != napi_ok) {
      return "?";
    }
    return std::string(buffer, length);
  }

  napi_env env_;
  const char* name_;
  bool failed_;
  napi_value arguments_[kMaxArguments + 1];
};

/// The buffers of readv, sendmsg and their kin, at most IOV_MAX of them. Reading the array may run
/// JavaScript, so it stands before the readers of other views.
struct Vector {
  iovec parts[IOV_MAX];
  int count = 0;

  /// An element may be a getter, and a getter may resize the buffer of the element before it: all
  /// elements are fetched first, and only then the memory behind them.
  void read(Call& call, size_t index) {
    napi_value elements[IOV_MAX];
    if (!fetch(call, index, elements)) return;
    for (int i = 0; i < count; i++) {
      Bytes bytes = call.bytesOf(elements[i], "each of buffers");
      parts[i] = {bytes.data, bytes.size};
    }
  }

 private:
  bool fetch(Call& call, size_t index, napi_value* elements) {
    if (call.failed()) return false;
    napi_value array = call.argument(index);
    uint32_t length = 0;
    if (napi_get_array_length(call.env(), array, &length) != napi_ok) {
      call.rejectType(index, "buffers", "an array of Uint8Array");
      return false;
    }
    if (length > IOV_MAX) {
      call.rejectRange("buffers must be at most " + std::to_string(IOV_MAX) + ", not " +
                       std::to_string(length));
      return false;
    }
    count = static_cast<int>(length);
    for (uint32_t i = 0; i < length; i++) {
      if (napi_get_element(call.env(), array, i, &elements[i]) != napi_ok) return call.abandon();
    }
    return true;
  }
};

}  // namespace fdkit
