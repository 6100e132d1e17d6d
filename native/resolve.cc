// Names: getaddrinfo, getnameinfo, if_nametoindex, if_indextoname, if_nameindex.
// Man pages: getaddrinfo(3), getnameinfo(3), if_nametoindex(3).
//
// These are the C library's, not the kernel's: they read files, ask servers, and block meanwhile.
// The …Async calls ask on a thread of libuv's pool. A question is a copy of the caller's arguments,
// its answer becomes JavaScript back on the caller's thread: the pool never sees either's memory.
#include <net/if.h>
#include <netdb.h>
#include <node_api.h>
#include <sys/socket.h>
#include <uv.h>

#include <cstring>
#include <memory>
#include <vector>

#include "call.h"

namespace fdkit {
namespace {

/// A failure of the resolver. Its numbers are those of errnos (EAI_NONAME is -2, and so is
/// -ENOENT), so each goes up as the number that libuv has for it, and Node with it; where libuv has
/// none, as C's less 3000.
struct NameError {
  int eai;
  int number;
  const char* name;
};

constexpr int kUnknownEai = 3000;

const NameError kNameErrors[] = {
    {EAI_ADDRFAMILY, -UV_EAI_ADDRFAMILY, "EAI_ADDRFAMILY"},
    {EAI_AGAIN, -UV_EAI_AGAIN, "EAI_AGAIN"},
    {EAI_BADFLAGS, -UV_EAI_BADFLAGS, "EAI_BADFLAGS"},
    {EAI_FAIL, -UV_EAI_FAIL, "EAI_FAIL"},
    {EAI_FAMILY, -UV_EAI_FAMILY, "EAI_FAMILY"},
    {EAI_MEMORY, -UV_EAI_MEMORY, "EAI_MEMORY"},
    {EAI_NODATA, -UV_EAI_NODATA, "EAI_NODATA"},
    {EAI_NONAME, -UV_EAI_NONAME, "EAI_NONAME"},
    {EAI_OVERFLOW, -UV_EAI_OVERFLOW, "EAI_OVERFLOW"},
    {EAI_SERVICE, -UV_EAI_SERVICE, "EAI_SERVICE"},
    {EAI_SOCKTYPE, -UV_EAI_SOCKTYPE, "EAI_SOCKTYPE"},
#ifdef EAI_IDN_ENCODE
    {EAI_IDN_ENCODE, kUnknownEai - EAI_IDN_ENCODE, "EAI_IDN_ENCODE"},
#endif
};

/// What C answered as 0 or the negative number of a failure: -errno, or as NameError says.
int negative(int eai, int error) {
  if (eai == 0) return 0;
  if (eai == EAI_SYSTEM) return -error;
  for (const NameError& row : kNameErrors) {
    if (row.eai == eai) return -row.number;
  }
  return eai - kUnknownEai;
}

/// Builds values of JavaScript. After the first failure, such as the end of the environment or an
/// exception of the caller's setter, isOk is false and the remaining steps do nothing.
struct Builder {
  napi_env env;
  bool isOk = true;

  napi_value number(int value) {
    napi_value result = nullptr;
    if (isOk) isOk = napi_create_int32(env, value, &result) == napi_ok;
    return result;
  }

  /// A Uint8Array with a copy, or null for a null pointer.
  napi_value bytes(const void* data, size_t size) {
    napi_value result = nullptr;
    if (!isOk) return result;
    if (data == nullptr) {
      isOk = napi_get_null(env, &result) == napi_ok;
      return result;
    }
    void* room = nullptr;
    napi_value buffer = nullptr;
    isOk = napi_create_arraybuffer(env, size, &room, &buffer) == napi_ok &&
           napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &result) == napi_ok;
    if (isOk && size > 0) memcpy(room, data, size);
    return result;
  }

  napi_value text(const char* text) { return bytes(text, text == nullptr ? 0 : strlen(text)); }

  napi_value object() {
    napi_value result = nullptr;
    if (isOk) isOk = napi_create_object(env, &result) == napi_ok;
    return result;
  }

  napi_value array() {
    napi_value result = nullptr;
    if (isOk) isOk = napi_create_array(env, &result) == napi_ok;
    return result;
  }

  void set(napi_value object, const char* name, napi_value value) {
    if (isOk) isOk = napi_set_named_property(env, object, name, value) == napi_ok;
  }

  void set(napi_value array, uint32_t index, napi_value value) {
    if (isOk) isOk = napi_set_element(env, array, index, value) == napi_ok;
  }
};

/// Whether an argument is an array, for the answer to be put into; a TypeError if not.
void checkArray(Call& call, size_t index, const char* name) {
  bool isArray = false;
  if (call.failed()) return;
  if (napi_is_array(call.env(), call.argument(index), &isArray) == napi_ok && isArray) return;
  call.rejectType(index, name, "an array");
}

/// The answer of the C library, errno already being in it.
napi_value answered(Call& call, int answer) {
  errno = -answer;
  return call.result(answer < 0 ? -1 : answer);
}

/// A name as bytes, shorter than `limit`, or none: a null pointer.
struct Name {
  std::string text;
  bool isGiven = false;

  const char* get() const { return isGiven ? text.c_str() : nullptr; }

  void read(Call& call, size_t index, const char* what, size_t limit) {
    if (call.failed() || call.isNull(index)) return;
    text = call.path(index, what);
    isGiven = true;
    if (call.failed() || text.size() < limit) return;
    call.rejectRange(std::string(what) + " must have at most " + std::to_string(limit - 1) +
                     " bytes, not " + std::to_string(text.size()));
  }
};

/// One call of getaddrinfo: the question, then the answer.
class Lookup {
 public:
  static constexpr const char* kResource = "fdkit.getaddrinfo";
  static constexpr size_t kDone = 6;

  Lookup() = default;
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup() {
    if (found_ != nullptr) freeaddrinfo(found_);
  }

  /// (node, service, flags, family, socktype, protocol): the first three may be null. Without flags
  /// there are no hints at all.
  void read(Call& call) {
    node_.read(call, 0, "node", NI_MAXHOST);
    service_.read(call, 1, "service", NI_MAXSERV);
    hasHints_ = !call.failed() && !call.isNull(2);
    if (!hasHints_) return;
    hints_.ai_flags = call.flags(2);
    hints_.ai_family = call.int32(3, "family");
    hints_.ai_socktype = call.int32(4, "socktype");
    hints_.ai_protocol = call.int32(5, "protocol");
  }

  void ask() {
    int eai = getaddrinfo(node_.get(), service_.get(), hasHints_ ? &hints_ : nullptr, &found_);
    answer_ = negative(eai, errno);
    if (eai != 0) found_ = nullptr;
  }

  int answer() const { return answer_; }

  /// Each struct addrinfo as an object, its address and name as bytes.
  void store(Builder& to, napi_value list) const {
    uint32_t length = 0;
    for (const addrinfo* one = found_; one != nullptr; one = one->ai_next) {
      napi_value row = to.object();
      to.set(row, "family", to.number(one->ai_family));
      to.set(row, "socktype", to.number(one->ai_socktype));
      to.set(row, "protocol", to.number(one->ai_protocol));
      to.set(row, "address", to.bytes(one->ai_addr, one->ai_addrlen));
      to.set(row, "canonname", to.text(one->ai_canonname));
      to.set(list, length++, row);
    }
  }

  /// What the caller's function gets behind the answer, and how many values that is.
  size_t results(Builder& to, napi_value* values) const {
    values[0] = to.array();
    store(to, values[0]);
    return 1;
  }

 private:
  Name node_;
  Name service_;
  addrinfo hints_ = {};
  bool hasHints_ = false;
  addrinfo* found_ = nullptr;
  int answer_ = 0;
};

/// A socket address with a NUL behind it: of a unix address the C library looks for the end of the
/// path, however long the address is said to be.
struct EndedAddress {
  sockaddr_storage bytes = {};
  char end = '\0';
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }

  void read(Call& call, size_t index) {
    Address given = call.address(index);
    if (call.failed()) return;
    size = given.size < sizeof bytes ? given.size : socklen_t{sizeof bytes};
    if (size > 0) memcpy(&bytes, given.data, size);
  }
};

/// One call of getnameinfo.
class ReverseLookup {
 public:
  static constexpr const char* kResource = "fdkit.getnameinfo";
  static constexpr size_t kDone = 2;

  /// (address, flags)
  void read(Call& call) {
    address_.read(call, 0);
    flags_ = call.flags(1);
  }

  void ask() {
    int eai = getnameinfo(address_.get(), address_.size, host_, sizeof host_, service_,
                          sizeof service_, flags_);
    answer_ = negative(eai, errno);
  }

  int answer() const { return answer_; }

  size_t results(Builder& to, napi_value* values) const {
    values[0] = to.text(host_);
    values[1] = to.text(service_);
    return 2;
  }

 private:
  EndedAddress address_;
  int flags_ = 0;
  char host_[NI_MAXHOST] = "";
  /// The service of a unix address is its path.
  char service_[NI_MAXHOST] = "";
  int answer_ = 0;
};

// getaddrinfo(node, service, flags, family, socktype, protocol, list): list is an array, filled
// with an object per address
napi_value Getaddrinfo(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Lookup lookup;
  lookup.read(call);
  checkArray(call, 6, "list");
  if (call.failed()) return nullptr;
  lookup.ask();
  Builder builder{env};
  lookup.store(builder, call.argument(6));
  return builder.isOk ? answered(call, lookup.answer()) : nullptr;
}

// getnameinfo(address, host, service, flags): host and service are filled, or null
napi_value Getnameinfo(napi_env env, napi_callback_info info) {
  Call call(env, info);
  EndedAddress address;
  address.read(call, 0);
  Bytes host = call.bytesOrNull(1, "host");
  Bytes service = call.bytesOrNull(2, "service");
  int flags = call.flags(3);
  if (call.failed()) return nullptr;
  int eai = getnameinfo(address.get(), address.size, reinterpret_cast<char*>(host.data),
                        socklen(host.size), reinterpret_cast<char*>(service.data),
                        socklen(service.size), flags);
  return answered(call, negative(eai, errno));
}

/// A question on its way through the pool.
template <typename Question>
struct Job {
  Question question;
  napi_async_work work = nullptr;
  napi_ref done = nullptr;
};

/// On a thread of the pool.
template <typename Question>
void askJob(napi_env, void* data) {
  static_cast<Job<Question>*>(data)->question.ask();
}

/// On the caller's thread, and for each job: a thread that ends waits for those under way. It runs
/// no JavaScript then, every step fails, and nobody hears of the answer.
template <typename Question>
void endJob(napi_env env, napi_status status, void* data) {
  std::unique_ptr<Job<Question>> job(static_cast<Job<Question>*>(data));
  Builder builder{env, status == napi_ok};
  napi_value values[3] = {builder.number(job->question.answer())};
  size_t count = 1 + job->question.results(builder, values + 1);
  napi_value done = nullptr;
  napi_value global = nullptr;
  if (builder.isOk && napi_get_reference_value(env, job->done, &done) == napi_ok &&
      napi_get_global(env, &global) == napi_ok) {
    napi_call_function(env, global, done, count, values, nullptr);
  }
  napi_delete_reference(env, job->done);
  napi_delete_async_work(env, job->work);
}

bool isFunction(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env, value, &type) == napi_ok && type == napi_function;
}

/// Hands a job to the pool, which owns it from then on. False: the environment is ending.
template <typename Question>
bool queue(napi_env env, Job<Question>* job, napi_value done) {
  napi_value name = nullptr;
  return napi_create_string_utf8(env, Question::kResource, NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_reference(env, done, 1, &job->done) == napi_ok &&
         napi_create_async_work(env, nullptr, name, askJob<Question>, endJob<Question>, job,
                                &job->work) == napi_ok &&
         napi_queue_async_work(env, job->work) == napi_ok;
}

// getaddrinfoAsync(node, service, flags, family, socktype, protocol, done),
// getnameinfoAsync(address, flags, done): 0, and done is called later, with the answer and what was
// found.
template <typename Question>
napi_value Start(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto job = std::make_unique<Job<Question>>();
  job->question.read(call);
  if (call.failed()) return nullptr;
  napi_value done = call.argument(Question::kDone);
  if (!isFunction(env, done)) {
    call.rejectType(Question::kDone, "done", "a function");
    return nullptr;
  }
  if (!queue(env, job.get(), done)) return answered(call, -ECANCELED);
  static_cast<void>(job.release());  // endJob owns it now
  return call.result(0);
}

// if_nametoindex(name)
napi_value IfNametoindex(napi_env env, napi_callback_info info) {
  Call call(env, info);
  std::string name = call.path(0, "name");
  if (call.failed()) return nullptr;
  unsigned int index = if_nametoindex(name.c_str());
  return call.result(index == 0 ? -1 : static_cast<ssize_t>(index));
}

// if_indextoname(ifindex, name): name is a Uint8Array with room for IF_NAMESIZE bytes
napi_value IfIndextoname(napi_env env, napi_callback_info info) {
  Call call(env, info);
  unsigned int ifindex = call.bits(0, "ifindex");
  Bytes room = call.bytes(1, "name");
  if (!call.failed() && room.size < IF_NAMESIZE) {
    call.rejectRange("name must have room for " + std::to_string(IF_NAMESIZE) + " bytes");
  }
  if (call.failed()) return nullptr;
  char name[IF_NAMESIZE] = "";
  const char* answer = if_indextoname(ifindex, name);
  if (answer == nullptr) return call.result(-1);
  memcpy(room.data, name, sizeof name);
  return call.result(0);
}

// if_nameindex(list): list is an array, filled with an object per interface
napi_value IfNameindex(napi_env env, napi_callback_info info) {
  Call call(env, info);
  checkArray(call, 0, "list");
  if (call.failed()) return nullptr;
  struct if_nameindex* all = if_nameindex();
  if (all == nullptr) return call.result(-1);
  Builder builder{env};
  for (uint32_t i = 0; all[i].if_index != 0; i++) {
    napi_value row = builder.object();
    builder.set(row, "index", builder.number(static_cast<int>(all[i].if_index)));
    builder.set(row, "name", builder.text(all[i].if_name));
    builder.set(call.argument(0), i, row);
  }
  if_freenameindex(all);
  return builder.isOk ? call.result(0) : nullptr;
}

const Binding kCalls[] = {
    {"getaddrinfo", Getaddrinfo},        {"getnameinfo", Getnameinfo},
    {"getaddrinfoAsync", Start<Lookup>}, {"getnameinfoAsync", Start<ReverseLookup>},
    {"if_nametoindex", IfNametoindex},   {"if_indextoname", IfIndextoname},
    {"if_nameindex", IfNameindex},
};

}  // namespace

void registerResolve(Napi::Object calls) { registerCalls(calls, kCalls); }

/// Adds the resolver's failures to the list of errnos; the text is gai_strerror(3)'s, which knows
/// all of them but one.
void addNameErrors(Napi::Array list) {
  for (const NameError& row : kNameErrors) {
    Napi::Object entry = Napi::Object::New(list.Env());
    entry.Set("errno", row.number);
    entry.Set("name", row.name);
    entry.Set("text", row.eai == EAI_OVERFLOW ? "No room for the name" : gai_strerror(row.eai));
    list.Set(list.Length(), entry);
  }
}

}  // namespace fdkit
