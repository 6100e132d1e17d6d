// How the lists of names in constants-*.h are read: twice.
//
// E(name) is an enumerator of the C library or of Linux, at least as old as Linux 4.18 and
// glibc 2.28; a newer one stands in an #ifdef. M(name) is a macro, which any header may lack:
// before the system's headers are read, every M is declared as an enumerator that is kAbsent, and
// a macro of that name hides it afterwards. So what an older header lacks compiles, and is left
// out of the table; the names stand in the lists without an #ifdef around each.
#pragma once

namespace fdkit {

struct Constant {
  const char* name;
  double value;
};

/// No constant has this value; a double holds it exactly.
constexpr long long kAbsent = -(1LL << 62);

inline bool isAbsent(const Constant& row) { return row.value == static_cast<double>(kAbsent); }

}  // namespace fdkit
