// Files by their names, and what is kept of them: open, openat, fstat, ftruncate, fsync, fdatasync,
// rename, unlink. A path is bytes, without a NUL.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

// open(path, flags, mode)
napi_value Open(napi_env env, napi_callback_info info) {
  Call call(env, info);
  std::string path = call.path(0, "path");
  int flags = call.flags(1);
  mode_t mode = call.bits(2, "mode");
  if (call.failed()) return nullptr;
  return call.newFd(open(path.c_str(), flags, mode));
}

// openat(dirfd, path, flags, mode): AT_FDCWD is negative
napi_value Openat(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int dirfd = call.int32(0, "dirfd");
  std::string path = call.path(1, "path");
  int flags = call.flags(2);
  mode_t mode = call.bits(3, "mode");
  if (call.failed()) return nullptr;
  return call.newFd(openat(dirfd, path.c_str(), flags, mode));
}

// fstat(fd, stat): stat is a Uint8Array with room for a struct stat
napi_value Fstat(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  Bytes room = call.bytes(1, "stat");
  if (!call.failed() && room.size < sizeof(struct stat)) {
    call.rejectRange("stat must have room for " + std::to_string(sizeof(struct stat)) + " bytes");
  }
  if (call.failed()) return nullptr;
  struct stat answer;
  int result = fstat(fd, &answer);
  if (result == 0) memcpy(room.data, &answer, sizeof answer);
  return call.result(result);
}

// ftruncate(fd, length)
napi_value Ftruncate(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  off_t length = static_cast<off_t>(call.number(1, "length", 0, int64_t{1} << 53));
  if (call.failed()) return nullptr;
  return call.result(ftruncate(fd, length));
}

// fsync(fd)
napi_value Fsync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  return call.result(fsync(fd));
}

// fdatasync(fd)
napi_value Fdatasync(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int fd = call.fd(0);
  if (call.failed()) return nullptr;
  return call.result(fdatasync(fd));
}

// rename(oldpath, newpath)
napi_value Rename(napi_env env, napi_callback_info info) {
  Call call(env, info);
  std::string oldpath = call.path(0, "oldpath");
  std::string newpath = call.path(1, "newpath");
  if (call.failed()) return nullptr;
  return call.result(rename(oldpath.c_str(), newpath.c_str()));
}

// unlink(path)
napi_value Unlink(napi_env env, napi_callback_info info) {
  Call call(env, info);
  std::string path = call.path(0, "path");
  if (call.failed()) return nullptr;
  return call.result(unlink(path.c_str()));
}

const Binding kCalls[] = {
    {"open", Open},   {"openat", Openat},       {"fstat", Fstat},   {"ftruncate", Ftruncate},
    {"fsync", Fsync}, {"fdatasync", Fdatasync}, {"rename", Rename}, {"unlink", Unlink},
};

}  // namespace

void registerPath(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
