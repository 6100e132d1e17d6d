// The entry of the addon: the tables that JavaScript gets, made anew for each environment.
//
// calls      name -> function, one per system call, registered by the family files
// constants  name -> number from the C headers (constants.cc)
// errnos     every errno of the C library, and every failure of its resolver, with name and text
// tcpInfoFields  where each field of TCP_INFO lies (transport.cc)
#include <csignal>

#include "call.h"

namespace fdkit {

void registerSocket(Napi::Object calls);
void registerMessage(Napi::Object calls);
void registerMsghdr(Napi::Object calls);
void registerSockopt(Napi::Object calls);
void registerFile(Napi::Object calls);
void registerIoctl(Napi::Object calls);
void registerMemory(Napi::Object calls);
void registerPath(Napi::Object calls);
void registerSplice(Napi::Object calls);
void registerEpoll(Napi::Object calls);
void registerPoll(Napi::Object calls);
void registerSignal(Napi::Object calls);
void registerInotify(Napi::Object calls);
void registerWake(Napi::Object calls);
void registerResolve(Napi::Object calls);
Napi::Object constants(Napi::Env env);
Napi::Array errnos(Napi::Env env);
Napi::Array tcpInfoFields(Napi::Env env);

namespace {

/// Node ignores SIGPIPE from its start, and write(2) depends on it: it has no MSG_NOSIGNAL. A host
/// that left the default action in place would be killed by the first write to a closed peer.
void ignoreSigpipe() {
  struct sigaction action = {};
  if (sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) {
    signal(SIGPIPE, SIG_IGN);
  }
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  ignoreSigpipe();
  Environment* environment = new Environment{environmentId()};
  env.SetInstanceData(environment);
  env.AddCleanupHook([environment] { closeOwnedFds(environment); });

  Napi::Object calls = Napi::Object::New(env);
  registerSocket(calls);
  registerMessage(calls);
  registerMsghdr(calls);
  registerSockopt(calls);
  registerFile(calls);
  registerIoctl(calls);
  registerMemory(calls);
  registerPath(calls);
  registerSplice(calls);
  registerEpoll(calls);
  registerPoll(calls);
  registerSignal(calls);
  registerInotify(calls);
  registerWake(calls);
  registerResolve(calls);
  exports.Set("calls", calls);
  exports.Set("constants", constants(env));
  exports.Set("errnos", errnos(env));
  exports.Set("tcpInfoFields", tcpInfoFields(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(fdkit, start)

}  // namespace fdkit
