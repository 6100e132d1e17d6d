// Every number that C programs take from a header, by its C name; and the names of the errnos.
//
// constants.h says how the lists are read. The same names stand in lib/constants/, which
// scripts/constants.cjs makes from the lists; test/constants.test.ts compares.
#include "constants.h"

namespace fdkit {
namespace {

enum Absent : long long {
#define M(name) name = kAbsent,
#define E(name)
#include "constants-errno.h"
#include "constants-file.h"
#include "constants-inet.h"
#include "constants-link.h"
#include "constants-netdb.h"
#include "constants-netlink.h"
#include "constants-socket.h"
#include "constants-wait.h"
#undef M
#undef E
};

}  // namespace
}  // namespace fdkit

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/inet_diag.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// What knows more than the C library, and what older systems lack. After the C library's.
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter_ipv4.h>
#if __has_include(<linux/can/isotp.h>)
#include <linux/can/isotp.h>
#endif
#if __has_include(<linux/close_range.h>)
#include <linux/close_range.h>
#endif
#if __has_include(<sys/pidfd.h>)
#include <sys/pidfd.h>
#endif

#include <cstddef>
#include <cstdio>
#include <cstring>

#include "call.h"

namespace fdkit {

void addTransport(Napi::Object table);
void addNameErrors(Napi::Array list);

namespace {

#define M(name) {#name, static_cast<double>(name)},
#define E(name) M(name)

const Constant kErrnos[] = {
#include "constants-errno.h"
};

/// The C structs whose bytes lib/ reads and writes itself.
const Constant kLayouts[] = {
    {"SIZEOF_SOCKADDR_STORAGE", sizeof(sockaddr_storage)},
    {"OFFSETOF_SA_FAMILY", offsetof(sockaddr, sa_family)},
    {"SIZEOF_SOCKADDR_IN", sizeof(sockaddr_in)},
    {"OFFSETOF_SIN_PORT", offsetof(sockaddr_in, sin_port)},
    {"OFFSETOF_SIN_ADDR", offsetof(sockaddr_in, sin_addr)},
    {"SIZEOF_SOCKADDR_IN6", sizeof(sockaddr_in6)},
    {"OFFSETOF_SIN6_PORT", offsetof(sockaddr_in6, sin6_port)},
    {"OFFSETOF_SIN6_FLOWINFO", offsetof(sockaddr_in6, sin6_flowinfo)},
    {"OFFSETOF_SIN6_ADDR", offsetof(sockaddr_in6, sin6_addr)},
    {"OFFSETOF_SIN6_SCOPE_ID", offsetof(sockaddr_in6, sin6_scope_id)},
    {"SIZEOF_SOCKADDR_UN", sizeof(sockaddr_un)},
    {"OFFSETOF_SUN_PATH", offsetof(sockaddr_un, sun_path)},
    {"SIZEOF_SOCKADDR_NL", sizeof(sockaddr_nl)},
    {"OFFSETOF_NL_PID", offsetof(sockaddr_nl, nl_pid)},
    {"OFFSETOF_NL_GROUPS", offsetof(sockaddr_nl, nl_groups)},
    {"SIZEOF_SOCKADDR_LL", sizeof(sockaddr_ll)},
    {"OFFSETOF_SLL_PROTOCOL", offsetof(sockaddr_ll, sll_protocol)},
    {"OFFSETOF_SLL_IFINDEX", offsetof(sockaddr_ll, sll_ifindex)},
    {"OFFSETOF_SLL_HATYPE", offsetof(sockaddr_ll, sll_hatype)},
    {"OFFSETOF_SLL_PKTTYPE", offsetof(sockaddr_ll, sll_pkttype)},
    {"OFFSETOF_SLL_HALEN", offsetof(sockaddr_ll, sll_halen)},
    {"OFFSETOF_SLL_ADDR", offsetof(sockaddr_ll, sll_addr)},
    {"SIZEOF_SOCKADDR_VM", sizeof(sockaddr_vm)},
    {"OFFSETOF_SVM_PORT", offsetof(sockaddr_vm, svm_port)},
    {"OFFSETOF_SVM_CID", offsetof(sockaddr_vm, svm_cid)},
    {"SIZEOF_SOCKADDR_CAN", sizeof(sockaddr_can)},
    {"OFFSETOF_CAN_IFINDEX", offsetof(sockaddr_can, can_ifindex)},
    {"OFFSETOF_CAN_ADDR", offsetof(sockaddr_can, can_addr)},
    {"SIZEOF_EPOLL_EVENT", sizeof(epoll_event)},
    {"OFFSETOF_EPOLL_EVENT_EVENTS", offsetof(epoll_event, events)},
    {"OFFSETOF_EPOLL_EVENT_DATA", offsetof(epoll_event, data)},
    {"SIZEOF_POLLFD", sizeof(pollfd)},
    {"OFFSETOF_POLLFD_FD", offsetof(pollfd, fd)},
    {"OFFSETOF_POLLFD_EVENTS", offsetof(pollfd, events)},
    {"OFFSETOF_POLLFD_REVENTS", offsetof(pollfd, revents)},
    {"SIZEOF_ITIMERSPEC", sizeof(itimerspec)},
    {"OFFSETOF_IT_INTERVAL", offsetof(itimerspec, it_interval)},
    {"OFFSETOF_IT_VALUE", offsetof(itimerspec, it_value)},
    {"SIZEOF_SIGNALFD_SIGINFO", sizeof(signalfd_siginfo)},
    {"OFFSETOF_SSI_SIGNO", offsetof(signalfd_siginfo, ssi_signo)},
    {"OFFSETOF_SSI_CODE", offsetof(signalfd_siginfo, ssi_code)},
    {"OFFSETOF_SSI_PID", offsetof(signalfd_siginfo, ssi_pid)},
    {"OFFSETOF_SSI_UID", offsetof(signalfd_siginfo, ssi_uid)},
    {"OFFSETOF_SSI_FD", offsetof(signalfd_siginfo, ssi_fd)},
    {"OFFSETOF_SSI_STATUS", offsetof(signalfd_siginfo, ssi_status)},
    {"SIZEOF_INOTIFY_EVENT", sizeof(inotify_event)},
    {"OFFSETOF_INOTIFY_EVENT_WD", offsetof(inotify_event, wd)},
    {"OFFSETOF_INOTIFY_EVENT_MASK", offsetof(inotify_event, mask)},
    {"OFFSETOF_INOTIFY_EVENT_COOKIE", offsetof(inotify_event, cookie)},
    {"OFFSETOF_INOTIFY_EVENT_LEN", offsetof(inotify_event, len)},
    {"SIZEOF_FLOCK", sizeof(struct flock)},
    {"OFFSETOF_L_TYPE", offsetof(struct flock, l_type)},
    {"OFFSETOF_L_WHENCE", offsetof(struct flock, l_whence)},
    {"OFFSETOF_L_START", offsetof(struct flock, l_start)},
    {"OFFSETOF_L_LEN", offsetof(struct flock, l_len)},
    {"OFFSETOF_L_PID", offsetof(struct flock, l_pid)},
    {"SIZEOF_IFREQ", sizeof(ifreq)},
    {"OFFSETOF_IFR_NAME", offsetof(ifreq, ifr_name)},
    {"OFFSETOF_IFR_ADDR", offsetof(ifreq, ifr_addr)},
    {"OFFSETOF_ST_RDEV", offsetof(struct stat, st_rdev)},
    {"OFFSETOF_ST_BLKSIZE", offsetof(struct stat, st_blksize)},
    {"SIZEOF_CMSGHDR", sizeof(cmsghdr)},
    {"OFFSETOF_CMSG_LEN", offsetof(cmsghdr, cmsg_len)},
    {"OFFSETOF_CMSG_LEVEL", offsetof(cmsghdr, cmsg_level)},
    {"OFFSETOF_CMSG_TYPE", offsetof(cmsghdr, cmsg_type)},
    {"ALIGNOF_CMSGHDR", CMSG_ALIGN(1)},
    {"SIZEOF_UCRED", sizeof(ucred)},
    {"OFFSETOF_UCRED_PID", offsetof(ucred, pid)},
    {"OFFSETOF_UCRED_UID", offsetof(ucred, uid)},
    {"OFFSETOF_UCRED_GID", offsetof(ucred, gid)},
    {"SIZEOF_IN_PKTINFO", sizeof(in_pktinfo)},
    {"OFFSETOF_IPI_IFINDEX", offsetof(in_pktinfo, ipi_ifindex)},
    {"OFFSETOF_IPI_SPEC_DST", offsetof(in_pktinfo, ipi_spec_dst)},
    {"OFFSETOF_IPI_ADDR", offsetof(in_pktinfo, ipi_addr)},
    {"SIZEOF_IN6_PKTINFO", sizeof(in6_pktinfo)},
    {"OFFSETOF_IPI6_ADDR", offsetof(in6_pktinfo, ipi6_addr)},
    {"OFFSETOF_IPI6_IFINDEX", offsetof(in6_pktinfo, ipi6_ifindex)},
    {"SIZEOF_SOCK_EXTENDED_ERR", sizeof(sock_extended_err)},
    {"OFFSETOF_EE_ERRNO", offsetof(sock_extended_err, ee_errno)},
    {"OFFSETOF_EE_ORIGIN", offsetof(sock_extended_err, ee_origin)},
    {"OFFSETOF_EE_TYPE", offsetof(sock_extended_err, ee_type)},
    {"OFFSETOF_EE_CODE", offsetof(sock_extended_err, ee_code)},
    {"OFFSETOF_EE_INFO", offsetof(sock_extended_err, ee_info)},
    {"OFFSETOF_EE_DATA", offsetof(sock_extended_err, ee_data)},
    {"SIZEOF_TIMEVAL", sizeof(timeval)},
    {"OFFSETOF_TV_USEC", offsetof(timeval, tv_usec)},
    {"SIZEOF_TIMESPEC", sizeof(timespec)},
    {"OFFSETOF_TV_NSEC", offsetof(timespec, tv_nsec)},
    {"SIZEOF_LINGER", sizeof(linger)},
    {"OFFSETOF_L_ONOFF", offsetof(linger, l_onoff)},
    {"OFFSETOF_L_LINGER", offsetof(linger, l_linger)},
    {"SIZEOF_IP_MREQN", sizeof(ip_mreqn)},
    {"OFFSETOF_IMR_MULTIADDR", offsetof(ip_mreqn, imr_multiaddr)},
    {"OFFSETOF_IMR_ADDRESS", offsetof(ip_mreqn, imr_address)},
    {"OFFSETOF_IMR_IFINDEX", offsetof(ip_mreqn, imr_ifindex)},
    {"SIZEOF_IPV6_MREQ", sizeof(ipv6_mreq)},
    {"OFFSETOF_IPV6MR_MULTIADDR", offsetof(ipv6_mreq, ipv6mr_multiaddr)},
    {"OFFSETOF_IPV6MR_INTERFACE", offsetof(ipv6_mreq, ipv6mr_interface)},
    {"SIZEOF_GROUP_REQ", sizeof(group_req)},
    {"OFFSETOF_GR_INTERFACE", offsetof(group_req, gr_interface)},
    {"OFFSETOF_GR_GROUP", offsetof(group_req, gr_group)},
    {"SIZEOF_GROUP_SOURCE_REQ", sizeof(group_source_req)},
    {"OFFSETOF_GSR_INTERFACE", offsetof(group_source_req, gsr_interface)},
    {"OFFSETOF_GSR_GROUP", offsetof(group_source_req, gsr_group)},
    {"OFFSETOF_GSR_SOURCE", offsetof(group_source_req, gsr_source)},
    {"SIZEOF_SOCK_FILTER", sizeof(sock_filter)},
    {"OFFSETOF_FILTER_CODE", offsetof(sock_filter, code)},
    {"OFFSETOF_FILTER_JT", offsetof(sock_filter, jt)},
    {"OFFSETOF_FILTER_JF", offsetof(sock_filter, jf)},
    {"OFFSETOF_FILTER_K", offsetof(sock_filter, k)},
    {"SIZEOF_SOCK_FPROG", sizeof(sock_fprog)},
    {"SIZEOF_GID", sizeof(gid_t)},
    {"SIZEOF_STAT", sizeof(struct stat)},
    {"OFFSETOF_ST_DEV", offsetof(struct stat, st_dev)},
    {"OFFSETOF_ST_INO", offsetof(struct stat, st_ino)},
    {"OFFSETOF_ST_MODE", offsetof(struct stat, st_mode)},
    {"OFFSETOF_ST_NLINK", offsetof(struct stat, st_nlink)},
    {"OFFSETOF_ST_UID", offsetof(struct stat, st_uid)},
    {"OFFSETOF_ST_GID", offsetof(struct stat, st_gid)},
    {"OFFSETOF_ST_SIZE", offsetof(struct stat, st_size)},
    {"OFFSETOF_ST_BLOCKS", offsetof(struct stat, st_blocks)},
    {"OFFSETOF_ST_ATIM", offsetof(struct stat, st_atim)},
    {"OFFSETOF_ST_MTIM", offsetof(struct stat, st_mtim)},
    {"OFFSETOF_ST_CTIM", offsetof(struct stat, st_ctim)},
    {"SIZEOF_ST_NLINK", sizeof(nlink_t)},
};

/// Not a table of the file: SIGRTMIN is a call.
void addNames(Napi::Object table) {
  const Constant rows[] = {
#include "constants-file.h"
#include "constants-inet.h"
#include "constants-link.h"
#include "constants-netdb.h"
#include "constants-netlink.h"
#include "constants-socket.h"
#include "constants-wait.h"
  };
  for (const Constant& row : rows) {
    if (!isAbsent(row)) table.Set(row.name, row.value);
  }
}

#undef M
#undef E

}  // namespace

/// name -> number. EWOULDBLOCK and ENOTSUP are second names of errnos, so not among kErrnos.
Napi::Object constants(Napi::Env env) {
  Napi::Object table = Napi::Object::New(env);
  addNames(table);
  addTransport(table);
  for (const Constant& layout : kLayouts) table.Set(layout.name, layout.value);
  for (const Constant& number : kErrnos) table.Set(number.name, number.value);
  table.Set("EWOULDBLOCK", EWOULDBLOCK);
  table.Set("ENOTSUP", ENOTSUP);
  return table;
}

/// One {errno, name, text} per errno, the text being strerror(3)'s; then what resolve.cc has.
Napi::Array errnos(Napi::Env env) {
  Napi::Array list = Napi::Array::New(env);
  uint32_t length = 0;
  for (const Constant& number : kErrnos) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("errno", number.value);
    entry.Set("name", number.name);
    entry.Set("text", strerror(static_cast<int>(number.value)));
    list.Set(length++, entry);
  }
  addNameErrors(list);
  return list;
}

}  // namespace fdkit
