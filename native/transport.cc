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

#include <cstddef>
#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

/// struct tcp_info of Linux 6.18: it only ever grows at its end, and the headers of the build may
/// be older than the kernel. F is a field of a type, B one of some bits.
#define TCP_INFO_FIELDS                         \
  F(uint8_t, tcpi_state)                        \
  F(uint8_t, tcpi_ca_state)                     \
  F(uint8_t, tcpi_retransmits)                  \
  F(uint8_t, tcpi_probes)                       \
  F(uint8_t, tcpi_backoff)                      \
  F(uint8_t, tcpi_options)                      \
  B(uint8_t, tcpi_snd_wscale, 4)                \
  B(uint8_t, tcpi_rcv_wscale, 4)                \
  B(uint8_t, tcpi_delivery_rate_app_limited, 1) \
  B(uint8_t, tcpi_fastopen_client_fail, 2)      \
  F(uint32_t, tcpi_rto)                         \
  F(uint32_t, tcpi_ato)                         \
  F(uint32_t, tcpi_snd_mss)                     \
  F(uint32_t, tcpi_rcv_mss)                     \
  F(uint32_t, tcpi_unacked)                     \
  F(uint32_t, tcpi_sacked)                      \
  F(uint32_t, tcpi_lost)                        \
  F(uint32_t, tcpi_retrans)                     \
  F(uint32_t, tcpi_fackets)                     \
  F(uint32_t, tcpi_last_data_sent)              \
  F(uint32_t, tcpi_last_ack_sent)               \
  F(uint32_t, tcpi_last_data_recv)              \
  F(uint32_t, tcpi_last_ack_recv)               \
  F(uint32_t, tcpi_pmtu)                        \
  F(uint32_t, tcpi_rcv_ssthresh)                \
  F(uint32_t, tcpi_rtt)                         \
  F(uint32_t, tcpi_rttvar)                      \
  F(uint32_t, tcpi_snd_ssthresh)                \
  F(uint32_t, tcpi_snd_cwnd)                    \
  F(uint32_t, tcpi_advmss)                      \
  F(uint32_t, tcpi_reordering)                  \
  F(uint32_t, tcpi_rcv_rtt)                     \
  F(uint32_t, tcpi_rcv_space)                   \
  F(uint32_t, tcpi_total_retrans)               \
  F(uint64_t, tcpi_pacing_rate)                 \
  F(uint64_t, tcpi_max_pacing_rate)             \
  F(uint64_t, tcpi_bytes_acked)                 \
  F(uint64_t, tcpi_bytes_received)              \
  F(uint32_t, tcpi_segs_out)                    \
  F(uint32_t, tcpi_segs_in)                     \
  F(uint32_t, tcpi_notsent_bytes)               \
  F(uint32_t, tcpi_min_rtt)                     \
  F(uint32_t, tcpi_data_segs_in)                \
  F(uint32_t, tcpi_data_segs_out)               \
  F(uint64_t, tcpi_delivery_rate)               \
  F(uint64_t, tcpi_busy_time)                   \
  F(uint64_t, tcpi_rwnd_limited)                \
  F(uint64_t, tcpi_sndbuf_limited)              \
  F(uint32_t, tcpi_delivered)                   \
  F(uint32_t, tcpi_delivered_ce)                \
  F(uint64_t, tcpi_bytes_sent)                  \
  F(uint64_t, tcpi_bytes_retrans)               \
  F(uint32_t, tcpi_dsack_dups)                  \
  F(uint32_t, tcpi_reord_seen)                  \
  F(uint32_t, tcpi_rcv_ooopack)                 \
  F(uint32_t, tcpi_snd_wnd)                     \
  F(uint32_t, tcpi_rcv_wnd)                     \
  F(uint32_t, tcpi_rehash)                      \
  F(uint16_t, tcpi_total_rto)                   \
  F(uint16_t, tcpi_total_rto_recoveries)        \
  F(uint32_t, tcpi_total_rto_time)              \
  F(uint32_t, tcpi_received_ce)                 \
  F(uint32_t, tcpi_delivered_e1_bytes)          \
  F(uint32_t, tcpi_delivered_e0_bytes)          \
  F(uint32_t, tcpi_delivered_ce_bytes)          \
  F(uint32_t, tcpi_received_e1_bytes)           \
  F(uint32_t, tcpi_received_e0_bytes)           \
  F(uint32_t, tcpi_received_ce_bytes)           \
  F(uint16_t, tcpi_accecn_fail_mode)            \
  F(uint16_t, tcpi_accecn_opt_seen)

// NOLINTBEGIN(bugprone-macro-parentheses): types and widths of bits cannot stand in parentheses.
struct TcpInfo {
#define F(type, name) type name;
#define B(type, name, bits) type name : bits;
  TCP_INFO_FIELDS
#undef F
#undef B
};
// NOLINTEND(bugprone-macro-parentheses)

static_assert(sizeof(tcp_info) <= sizeof(TcpInfo));
static_assert(offsetof(tcp_info, tcpi_rto) == offsetof(TcpInfo, tcpi_rto));
static_assert(offsetof(tcp_info, tcpi_total_retrans) == offsetof(TcpInfo, tcpi_total_retrans));
static_assert(offsetof(tcp_info, tcpi_min_rtt) == offsetof(TcpInfo, tcpi_min_rtt));

/// Where a field lies, bits included, is seen by filling it with ones.
Napi::Object fieldOf(Napi::Env env, const char* name, const TcpInfo& ones) {
  uint8_t bytes[sizeof ones];
  memcpy(bytes, &ones, sizeof ones);
  size_t offset = 0;
  while (bytes[offset] == 0) offset++;
  size_t size = 0;
  while (offset + size < sizeof bytes && bytes[offset + size] != 0) size++;
  Napi::Object field = Napi::Object::New(env);
  field.Set("name", name);
  field.Set("offset", static_cast<uint32_t>(offset));
  field.Set("size", static_cast<uint32_t>(size));
  field.Set("mask", static_cast<uint32_t>(bytes[offset]));
  return field;
}

const Constant kLayouts[] = {
    {"SIZEOF_TCP_MD5SIG", sizeof(tcp_md5sig)},
    {"OFFSETOF_TCPM_ADDR", offsetof(tcp_md5sig, tcpm_addr)},
    {"OFFSETOF_TCPM_KEYLEN", offsetof(tcp_md5sig, tcpm_keylen)},
    {"OFFSETOF_TCPM_KEY", offsetof(tcp_md5sig, tcpm_key)},
};

}  // namespace

/// The fields of TCP_INFO: {name, offset, size, mask}; the mask is 255 unless it is bits of a byte.
Napi::Array tcpInfoFields(Napi::Env env) {
  Napi::Array fields = Napi::Array::New(env);
  uint32_t count = 0;
// NOLINTBEGIN(bugprone-macro-parentheses)
#define F(type, name) B(type, name, 0)
#define B(type, name, bits)                         \
  {                                                 \
    TcpInfo ones = {};                              \
    ones.name = static_cast<type>(~type{0});        \
    fields.Set(count++, fieldOf(env, #name, ones)); \
  }
  TCP_INFO_FIELDS
#undef F
#undef B
  // NOLINTEND(bugprone-macro-parentheses)
  return fields;
}

void addTransport(Napi::Object table) {
  const Constant rows[] = {
#define M(name) {#name, static_cast<double>(name)},
#define E(name) M(name)
#include "constants-transport.h"
#undef M
#undef E
  };
  for (const Constant& layout : kLayouts) table.Set(layout.name, layout.value);
  for (const Constant& row : rows) {
    if (!isAbsent(row)) table.Set(row.name, row.value);
  }
}

}  // namespace fdkit
