// Files by their names, and what is kept of them: open, openat, fstat, ftruncate, fsync, fdatasync,
// rename, renameat2, unlink, unlinkat, memfd_create. A path is bytes, without a NUL.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/// Asks the kernel itself: the C library has a function of this name only since version 2.33, and
/// Node runs from 2.28 on. On these processors the two agree on what a struct stat is.
int kernelFstat(int fd, struct stat* answer) {
#if defined(__x86_64__) || defined(__aarch64__)
  return static_cast<int>(syscall(SYS_fstat, fd, answer));
#else
  return fstat(fd, answer);
#endif
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
  int result = kernelFstat(fd, &answer);
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

// unlinkat(dirfd, path, flags)
napi_value Unlinkat(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int dirfd = call.int32(0, "dirfd");
  std::string path = call.path(1, "path");
  int flags = call.flags(2);
  if (call.failed()) return nullptr;
  return call.result(unlinkat(dirfd, path.c_str(), flags));
}

// renameat2(olddirfd, oldpath, newdirfd, newpath, flags)
napi_value Renameat2(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int olddirfd = call.int32(0, "olddirfd");
  std::string oldpath = call.path(1, "oldpath");
  int newdirfd = call.int32(2, "newdirfd");
  std::string newpath = call.path(3, "newpath");
  int flags = call.flags(4);
  if (call.failed()) return nullptr;
  return call.result(
      syscall(SYS_renameat2, olddirfd, oldpath.c_str(), newdirfd, newpath.c_str(), flags));
}

// memfd_create(name, flags)
napi_value MemfdCreate(napi_env env, napi_callback_info info) {
  Call call(env, info);
  std::string name = call.path(0, "name");
  int flags = call.flags(1);
  if (call.failed()) return nullptr;
  return call.newFd(static_cast<int>(syscall(SYS_memfd_create, name.c_str(), flags)));
}

const Binding kCalls[] = {
    {"open", Open},
    {"openat", Openat},
    {"fstat", Fstat},
    {"ftruncate", Ftruncate},
    {"fsync", Fsync},
    {"fdatasync", Fdatasync},
    {"rename", Rename},
    {"unlink", Unlink},
    {"unlinkat", Unlinkat},
    {"renameat2", Renameat2},
    {"memfd_create", MemfdCreate},
};

}  // namespace

void registerPath(Napi::Object calls) { registerCalls(calls, kCalls); }

}  // namespace fdkit
