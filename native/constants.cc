// Every number that C programs take from a header, by its C name; and the names of the errnos.
//
// A name that came after Linux 4.18 or that one C library lacks stands in an #ifdef. The same names
// stand in lib/constants.ts, and test/constants.test.ts compares the two lists.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "call.h"

namespace fdkit {
namespace {

struct Constant {
  const char* name;
  double value;
};

// clang-format off
#define C(name) {#name, static_cast<double>(name)}

const Constant kConstants[] = {
    // address families and socket types: socket(2)
    C(AF_UNSPEC), C(AF_UNIX), C(AF_LOCAL), C(AF_INET), C(AF_INET6), C(AF_NETLINK), C(AF_PACKET),
    C(AF_VSOCK), C(AF_ALG), C(AF_CAN), C(AF_TIPC), C(SOCK_STREAM), C(SOCK_DGRAM), C(SOCK_RAW),
    C(SOCK_SEQPACKET), C(SOCK_RDM), C(SOCK_NONBLOCK), C(SOCK_CLOEXEC), C(SOMAXCONN), C(SHUT_RD),
    C(SHUT_WR), C(SHUT_RDWR),
#ifdef AF_XDP
    C(AF_XDP),
#endif
    // protocols: protocols(5)
    C(IPPROTO_IP), C(IPPROTO_ICMP), C(IPPROTO_IGMP), C(IPPROTO_TCP), C(IPPROTO_UDP),
    C(IPPROTO_IPV6), C(IPPROTO_ICMPV6), C(IPPROTO_RAW), C(IPPROTO_SCTP), C(IPPROTO_UDPLITE),
#ifdef IPPROTO_MPTCP
    C(IPPROTO_MPTCP),
#endif
    // socket options: socket(7)
    C(SOL_SOCKET), C(SOL_IP), C(SOL_IPV6), C(SOL_TCP), C(SOL_UDP), C(SOL_NETLINK), C(SOL_PACKET),
    C(SO_ACCEPTCONN), C(SO_ATTACH_BPF), C(SO_ATTACH_FILTER), C(SO_ATTACH_REUSEPORT_CBPF),
    C(SO_ATTACH_REUSEPORT_EBPF), C(SO_BINDTODEVICE), C(SO_BROADCAST), C(SO_BUSY_POLL), C(SO_COOKIE),
    C(SO_DEBUG), C(SO_DETACH_FILTER), C(SO_DOMAIN), C(SO_DONTROUTE), C(SO_ERROR),
    C(SO_INCOMING_CPU), C(SO_INCOMING_NAPI_ID), C(SO_KEEPALIVE), C(SO_LINGER), C(SO_LOCK_FILTER),
    C(SO_MARK), C(SO_MEMINFO), C(SO_NO_CHECK), C(SO_OOBINLINE), C(SO_PASSCRED), C(SO_PASSSEC),
    C(SO_PEEK_OFF), C(SO_PEERCRED), C(SO_PEERGROUPS), C(SO_PEERSEC), C(SO_PRIORITY), C(SO_PROTOCOL),
    C(SO_RCVBUF), C(SO_RCVBUFFORCE), C(SO_RCVLOWAT), C(SO_RCVTIMEO), C(SO_REUSEADDR),
    C(SO_REUSEPORT), C(SO_RXQ_OVFL), C(SO_SNDBUF), C(SO_SNDBUFFORCE), C(SO_SNDLOWAT),
    C(SO_SNDTIMEO), C(SO_TIMESTAMP), C(SO_TIMESTAMPING), C(SO_TIMESTAMPNS), C(SO_TYPE),
    C(SO_ZEROCOPY),
#ifdef SO_NETNS_COOKIE
    C(SO_NETNS_COOKIE),
#endif
#ifdef SO_PEERPIDFD
    C(SO_PEERPIDFD),
#endif
#ifdef SO_PREFER_BUSY_POLL
    C(SO_PREFER_BUSY_POLL),
#endif
#ifdef SO_TXTIME
    C(SO_TXTIME),
#endif
    // ancillary messages: unix(7), cmsg(3)
    C(SCM_RIGHTS), C(SCM_CREDENTIALS), C(SCM_TIMESTAMP), C(SCM_TIMESTAMPING), C(SCM_TIMESTAMPNS),
#ifdef SCM_SECURITY
    C(SCM_SECURITY),
#endif
#ifdef SCM_PIDFD
    C(SCM_PIDFD),
#endif
    // the error queue: ip(7), and Documentation/networking/{timestamping,msg_zerocopy}.rst of Linux
    C(SO_EE_ORIGIN_NONE), C(SO_EE_ORIGIN_LOCAL), C(SO_EE_ORIGIN_ICMP), C(SO_EE_ORIGIN_ICMP6),
    C(SO_EE_ORIGIN_TXSTATUS), C(SO_EE_ORIGIN_ZEROCOPY), C(SO_EE_CODE_ZEROCOPY_COPIED),
    C(SOF_TIMESTAMPING_TX_HARDWARE), C(SOF_TIMESTAMPING_TX_SOFTWARE),
    C(SOF_TIMESTAMPING_RX_HARDWARE), C(SOF_TIMESTAMPING_RX_SOFTWARE), C(SOF_TIMESTAMPING_SOFTWARE),
    C(SOF_TIMESTAMPING_RAW_HARDWARE), C(SOF_TIMESTAMPING_OPT_ID), C(SOF_TIMESTAMPING_TX_SCHED),
    C(SOF_TIMESTAMPING_TX_ACK), C(SOF_TIMESTAMPING_OPT_CMSG), C(SOF_TIMESTAMPING_OPT_TSONLY),
    C(SOF_TIMESTAMPING_OPT_STATS), C(SOF_TIMESTAMPING_OPT_PKTINFO), C(SOF_TIMESTAMPING_OPT_TX_SWHW),
#ifdef SO_PASSPIDFD
    C(SO_PASSPIDFD),
#endif
    // message flags: send(2), recv(2)
    C(MSG_CMSG_CLOEXEC), C(MSG_CONFIRM), C(MSG_CTRUNC), C(MSG_DONTROUTE), C(MSG_DONTWAIT),
    C(MSG_EOR), C(MSG_ERRQUEUE), C(MSG_FASTOPEN), C(MSG_MORE), C(MSG_NOSIGNAL), C(MSG_OOB),
    C(MSG_PEEK), C(MSG_TRUNC), C(MSG_WAITALL), C(MSG_WAITFORONE), C(MSG_ZEROCOPY),
    // tcp(7)
    C(TCP_CC_INFO), C(TCP_CONGESTION), C(TCP_CORK), C(TCP_DEFER_ACCEPT), C(TCP_FASTOPEN),
    C(TCP_FASTOPEN_CONNECT), C(TCP_FASTOPEN_KEY), C(TCP_FASTOPEN_NO_COOKIE), C(TCP_INFO),
    C(TCP_KEEPCNT), C(TCP_KEEPIDLE), C(TCP_KEEPINTVL), C(TCP_LINGER2), C(TCP_MAXSEG), C(TCP_MD5SIG),
    C(TCP_NODELAY), C(TCP_NOTSENT_LOWAT), C(TCP_QUICKACK), C(TCP_SAVED_SYN), C(TCP_SAVE_SYN),
    C(TCP_SYNCNT), C(TCP_TIMESTAMP), C(TCP_ULP), C(TCP_USER_TIMEOUT), C(TCP_WINDOW_CLAMP),
    C(TCP_ESTABLISHED), C(TCP_SYN_SENT), C(TCP_SYN_RECV), C(TCP_FIN_WAIT1), C(TCP_FIN_WAIT2),
    C(TCP_TIME_WAIT), C(TCP_CLOSE), C(TCP_CLOSE_WAIT), C(TCP_LAST_ACK), C(TCP_LISTEN),
    C(TCP_CLOSING),
#ifdef TCP_INQ
    C(TCP_INQ),
#endif
#ifdef TCP_TX_DELAY
    C(TCP_TX_DELAY),
#endif
    // udp(7)
    C(UDP_CORK),
#ifdef UDP_GRO
    C(UDP_GRO),
#endif
#ifdef UDP_SEGMENT
    C(UDP_SEGMENT),
#endif
    // ip(7)
    C(IP_ADD_MEMBERSHIP), C(IP_ADD_SOURCE_MEMBERSHIP), C(IP_BIND_ADDRESS_NO_PORT),
    C(IP_BLOCK_SOURCE), C(IP_DROP_MEMBERSHIP), C(IP_DROP_SOURCE_MEMBERSHIP), C(IP_FREEBIND),
    C(IP_HDRINCL), C(IP_MINTTL), C(IP_MTU), C(IP_MTU_DISCOVER), C(IP_MULTICAST_IF),
    C(IP_MULTICAST_LOOP), C(IP_MULTICAST_TTL), C(IP_NODEFRAG), C(IP_OPTIONS), C(IP_ORIGDSTADDR),
    C(IP_PKTINFO), C(IP_RECVERR), C(IP_RECVOPTS), C(IP_RECVORIGDSTADDR), C(IP_RECVTOS),
    C(IP_RECVTTL), C(IP_TOS), C(IP_TRANSPARENT), C(IP_TTL), C(IP_UNBLOCK_SOURCE), C(IP_UNICAST_IF),
    C(IP_PMTUDISC_DO), C(IP_PMTUDISC_DONT), C(IP_PMTUDISC_INTERFACE), C(IP_PMTUDISC_OMIT),
    C(IP_PMTUDISC_PROBE), C(IP_PMTUDISC_WANT), C(IPTOS_LOWDELAY), C(IPTOS_THROUGHPUT),
    C(IPTOS_RELIABILITY), C(INADDR_ANY), C(INADDR_BROADCAST), C(INADDR_LOOPBACK), C(INADDR_NONE),
#ifdef IP_LOCAL_PORT_RANGE
    C(IP_LOCAL_PORT_RANGE),
#endif
#ifdef IP_MULTICAST_ALL
    C(IP_MULTICAST_ALL),
#endif
#ifdef IP_RECVERR_RFC4884
    C(IP_RECVERR_RFC4884),
#endif
    // ipv6(7)
    C(IPV6_ADD_MEMBERSHIP), C(IPV6_AUTOFLOWLABEL), C(IPV6_CHECKSUM), C(IPV6_DONTFRAG),
    C(IPV6_DROP_MEMBERSHIP), C(IPV6_DSTOPTS), C(IPV6_HOPLIMIT), C(IPV6_HOPOPTS), C(IPV6_JOIN_GROUP),
    C(IPV6_LEAVE_GROUP), C(IPV6_MTU), C(IPV6_MTU_DISCOVER), C(IPV6_MULTICAST_HOPS),
    C(IPV6_MULTICAST_IF), C(IPV6_MULTICAST_LOOP), C(IPV6_NEXTHOP), C(IPV6_PATHMTU), C(IPV6_PKTINFO),
    C(IPV6_RECVDSTOPTS), C(IPV6_RECVERR), C(IPV6_RECVHOPLIMIT), C(IPV6_RECVHOPOPTS),
    C(IPV6_RECVPATHMTU), C(IPV6_RECVPKTINFO), C(IPV6_RECVRTHDR), C(IPV6_RECVTCLASS), C(IPV6_RTHDR),
    C(IPV6_RTHDRDSTOPTS), C(IPV6_TCLASS), C(IPV6_TRANSPARENT), C(IPV6_UNICAST_HOPS), C(IPV6_V6ONLY),
#ifdef IPV6_ADDR_PREFERENCES
    C(IPV6_ADDR_PREFERENCES),
#endif
#ifdef IPV6_FREEBIND
    C(IPV6_FREEBIND),
#endif
#ifdef IPV6_MULTICAST_ALL
    C(IPV6_MULTICAST_ALL),
#endif
#ifdef IPV6_ORIGDSTADDR
    C(IPV6_ORIGDSTADDR),
#endif
#ifdef IPV6_RECVORIGDSTADDR
    C(IPV6_RECVORIGDSTADDR),
#endif
#ifdef IPV6_UNICAST_IF
    C(IPV6_UNICAST_IF),
#endif
    // epoll(7)
    C(EPOLL_CLOEXEC), C(EPOLL_CTL_ADD), C(EPOLL_CTL_DEL), C(EPOLL_CTL_MOD), C(EPOLLERR), C(EPOLLET),
    C(EPOLLEXCLUSIVE), C(EPOLLHUP), C(EPOLLIN), C(EPOLLMSG), C(EPOLLONESHOT), C(EPOLLOUT),
    C(EPOLLPRI), C(EPOLLRDBAND), C(EPOLLRDHUP), C(EPOLLRDNORM), C(EPOLLWAKEUP), C(EPOLLWRBAND),
    C(EPOLLWRNORM),
    // poll(2)
    C(POLLIN), C(POLLPRI), C(POLLOUT), C(POLLRDHUP), C(POLLERR), C(POLLHUP), C(POLLNVAL),
    C(POLLRDNORM), C(POLLRDBAND), C(POLLWRNORM), C(POLLWRBAND), C(POLLMSG),
    // eventfd(2), timerfd_create(2)
    C(EFD_CLOEXEC), C(EFD_NONBLOCK), C(EFD_SEMAPHORE), C(TFD_CLOEXEC), C(TFD_NONBLOCK),
    C(TFD_TIMER_ABSTIME), C(TFD_TIMER_CANCEL_ON_SET), C(CLOCK_BOOTTIME), C(CLOCK_BOOTTIME_ALARM),
    C(CLOCK_MONOTONIC), C(CLOCK_REALTIME), C(CLOCK_REALTIME_ALARM),
    // open(2), fcntl(2), pipe(2)
    C(O_ACCMODE), C(O_APPEND), C(O_ASYNC), C(O_CLOEXEC), C(O_CREAT), C(O_DIRECT), C(O_DIRECTORY),
    C(O_DSYNC), C(O_EXCL), C(O_NOATIME), C(O_NOCTTY), C(O_NOFOLLOW), C(O_NONBLOCK), C(O_PATH),
    C(O_RDONLY), C(O_RDWR), C(O_SYNC), C(O_TMPFILE), C(O_TRUNC), C(O_WRONLY), C(FD_CLOEXEC),
    C(F_ADD_SEALS), C(F_DUPFD), C(F_DUPFD_CLOEXEC), C(F_GETFD), C(F_GETFL), C(F_GETLEASE),
    C(F_GETPIPE_SZ), C(F_GET_SEALS), C(F_SETFD), C(F_SETFL), C(F_SETLEASE), C(F_SETPIPE_SZ),
    C(F_RDLCK), C(F_UNLCK), C(F_WRLCK), C(F_SEAL_GROW), C(F_SEAL_SEAL), C(F_SEAL_SHRINK),
    C(F_SEAL_WRITE),
    // openat(2), fstat(2), splice(2), preadv2(2), close_range(2)
    C(AT_EMPTY_PATH), C(AT_SYMLINK_NOFOLLOW), C(S_IFMT), C(S_IFREG), C(S_IFDIR), C(S_IFCHR),
    C(S_IFBLK), C(S_IFIFO), C(S_IFLNK), C(S_IFSOCK), C(SPLICE_F_MOVE), C(SPLICE_F_NONBLOCK),
    C(SPLICE_F_MORE), C(SPLICE_F_GIFT), C(RWF_HIPRI), C(RWF_DSYNC), C(RWF_SYNC), C(RWF_NOWAIT),
    C(RWF_APPEND),
    // madvise(2)
    C(MADV_NORMAL), C(MADV_RANDOM), C(MADV_SEQUENTIAL), C(MADV_WILLNEED), C(MADV_DONTNEED),
    C(MADV_FREE), C(MADV_HUGEPAGE), C(MADV_NOHUGEPAGE),
#ifdef CLOSE_RANGE_UNSHARE
    C(CLOSE_RANGE_UNSHARE),
#endif
#ifdef CLOSE_RANGE_CLOEXEC
    C(CLOSE_RANGE_CLOEXEC),
#endif
    // signal(7)
    C(SIGABRT), C(SIGALRM), C(SIGBUS), C(SIGCHLD), C(SIGCONT), C(SIGFPE), C(SIGHUP), C(SIGILL),
    C(SIGINT), C(SIGIO), C(SIGKILL), C(SIGPIPE), C(SIGPROF), C(SIGPWR), C(SIGQUIT), C(SIGSEGV),
    C(SIGSTKFLT), C(SIGSTOP), C(SIGSYS), C(SIGTERM), C(SIGTRAP), C(SIGTSTP), C(SIGTTIN), C(SIGTTOU),
    C(SIGURG), C(SIGUSR1), C(SIGUSR2), C(SIGVTALRM), C(SIGWINCH), C(SIGXCPU), C(SIGXFSZ),
    // the C structs whose bytes lib/ reads and writes itself
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
    {"SIZEOF_EPOLL_EVENT", sizeof(epoll_event)},
    {"OFFSETOF_EPOLL_EVENT_EVENTS", offsetof(epoll_event, events)},
    {"OFFSETOF_EPOLL_EVENT_DATA", offsetof(epoll_event, data)},
    {"SIZEOF_POLLFD", sizeof(pollfd)},
    {"OFFSETOF_POLLFD_FD", offsetof(pollfd, fd)},
    {"OFFSETOF_POLLFD_EVENTS", offsetof(pollfd, events)},
    {"OFFSETOF_POLLFD_REVENTS", offsetof(pollfd, revents)},
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

const Constant kErrnos[] = {
    C(EPERM), C(ENOENT), C(ESRCH), C(EINTR), C(EIO), C(ENXIO), C(E2BIG), C(ENOEXEC), C(EBADF),
    C(ECHILD), C(EAGAIN), C(ENOMEM), C(EACCES), C(EFAULT), C(ENOTBLK), C(EBUSY), C(EEXIST),
    C(EXDEV), C(ENODEV), C(ENOTDIR), C(EISDIR), C(EINVAL), C(ENFILE), C(EMFILE), C(ENOTTY),
    C(ETXTBSY), C(EFBIG), C(ENOSPC), C(ESPIPE), C(EROFS), C(EMLINK), C(EPIPE), C(EDOM), C(ERANGE),
    C(EDEADLK), C(ENAMETOOLONG), C(ENOLCK), C(ENOSYS), C(ENOTEMPTY), C(ELOOP), C(ENOMSG), C(EIDRM),
    C(ECHRNG), C(EL2NSYNC), C(EL3HLT), C(EL3RST), C(ELNRNG), C(EUNATCH), C(ENOCSI), C(EL2HLT),
    C(EBADE), C(EBADR), C(EXFULL), C(ENOANO), C(EBADRQC), C(EBADSLT), C(EBFONT), C(ENOSTR),
    C(ENODATA), C(ETIME), C(ENOSR), C(ENONET), C(ENOPKG), C(EREMOTE), C(ENOLINK), C(EADV),
    C(ESRMNT), C(ECOMM), C(EPROTO), C(EMULTIHOP), C(EDOTDOT), C(EBADMSG), C(EOVERFLOW), C(ENOTUNIQ),
    C(EBADFD), C(EREMCHG), C(ELIBACC), C(ELIBBAD), C(ELIBSCN), C(ELIBMAX), C(ELIBEXEC), C(EILSEQ),
    C(ERESTART), C(ESTRPIPE), C(EUSERS), C(ENOTSOCK), C(EDESTADDRREQ), C(EMSGSIZE), C(EPROTOTYPE),
    C(ENOPROTOOPT), C(EPROTONOSUPPORT), C(ESOCKTNOSUPPORT), C(EOPNOTSUPP), C(EPFNOSUPPORT),
    C(EAFNOSUPPORT), C(EADDRINUSE), C(EADDRNOTAVAIL), C(ENETDOWN), C(ENETUNREACH), C(ENETRESET),
    C(ECONNABORTED), C(ECONNRESET), C(ENOBUFS), C(EISCONN), C(ENOTCONN), C(ESHUTDOWN),
    C(ETOOMANYREFS), C(ETIMEDOUT), C(ECONNREFUSED), C(EHOSTDOWN), C(EHOSTUNREACH), C(EALREADY),
    C(EINPROGRESS), C(ESTALE), C(EUCLEAN), C(ENOTNAM), C(ENAVAIL), C(EISNAM), C(EREMOTEIO),
    C(EDQUOT), C(ENOMEDIUM), C(EMEDIUMTYPE), C(ECANCELED), C(ENOKEY), C(EKEYEXPIRED),
    C(EKEYREVOKED), C(EKEYREJECTED), C(EOWNERDEAD), C(ENOTRECOVERABLE), C(ERFKILL), C(EHWPOISON),
};
// clang-format on

}  // namespace

/// name -> number. EWOULDBLOCK and ENOTSUP are second names of errnos, so not among kErrnos.
Napi::Object constants(Napi::Env env) {
  Napi::Object table = Napi::Object::New(env);
  for (const Constant& constant : kConstants) table.Set(constant.name, constant.value);
  for (const Constant& number : kErrnos) table.Set(number.name, number.value);
  table.Set("EWOULDBLOCK", EWOULDBLOCK);
  table.Set("ENOTSUP", ENOTSUP);
  return table;
}

/// One {errno, name, text} per errno; the text is strerror(3)'s.
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
  return list;
}

}  // namespace fdkit
