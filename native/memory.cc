// What the kernel should know of the caller's memory: madvise.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "call.h"

namespace fdkit {
namespace {

// Advice that leaves the bytes usable. Other advice makes pages fault, and would end the process.
bool isHarmless(int advice) {
  switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
      return true;
    default:
      return false;
  }
}

// madvise(buffer, size, advice, offset): for the pages that lie wholly in these bytes
napi_value Madvise(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Bytes bytes = call.bytes(0, 1, 3);
  int advice = call.flags(2, "advice");
  if (call.failed()) return nullptr;
  if (!isHarmless(advice)) {
    errno = EINVAL;
    return call.result(-1);
  }
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t skipped = (page - reinterpret_cast<uintptr_t>(bytes.data) % page) % page;
  if (bytes.size < skipped + page) return call.result(0);
  size_t whole = (bytes.size - skipped) / page * page;
  return call.result(madvise(bytes.data + skipped, whole, advice));
}

const Binding kCalls[] = {
    {"madvise", Madvise},
};

}  // namespace

void registerMemory(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
