// The options of TCP and UDP from Linux's own headers: they know more than the C library's, and the
// two cannot stand in one file. See constants.cc.
#include "constants.h"

namespace fdkit {
namespace {

enum Absent : long long {
#define M(name) name = kAbsent,
#define E(name)
#include "constants-transport.h"
#undef M
#undef E
};

}  // namespace
}  // namespace fdkit

#include <linux/tcp.h>
#include <linux/udp.h>

#include "call.h"

namespace fdkit {

void addTransport(Napi::Object table) {
  const Constant rows[] = {
#define M(name) {#name, static_cast<double>(name)},
#define E(name) M(name)
#include "constants-transport.h"
#undef M
#undef E
  };
  for (const Constant& row : rows) {
    if (!isAbsent(row)) table.Set(row.name, row.value);
  }
}

}  // namespace fdkit
