// What happens to files: inotify_init1, inotify_add_watch, inotify_rm_watch. See inotify(7).
#include <sys/inotify.h>

#include "call.h"

namespace fdkit {
namespace {

// inotify_init1(flags)
napi_value InotifyInit1(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int flags = call.flags(0);
  if (call.failed()) return nullptr;
  return call.newFd(inotify_init1(flags));
}

// inotify_add_watch(fd, path, mask)
napi_value InotifyAddWatch(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  std::string path = call.path(1, "path");
  uint32_t mask = call.bits(2, "mask");
  if (call.failed()) return nullptr;
  return call.result(inotify_add_watch(fd, path.c_str(), mask));
}

// inotify_rm_watch(fd, wd)
napi_value InotifyRmWatch(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  int wd = call.int32(1, "wd");
  if (call.failed()) return nullptr;
  return call.result(inotify_rm_watch(fd, wd));
}

const Binding kCalls[] = {
    {"inotify_init1", InotifyInit1},
    {"inotify_add_watch", InotifyAddWatch},
    {"inotify_rm_watch", InotifyRmWatch},
};

}  // namespace

void registerInotify(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
