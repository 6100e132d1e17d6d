/** What the server sets on its sockets, and why. socket(7), tcp(7), ipv6(7) */

import {
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SOL_SOCKET,
  setsockopt,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from "fdkit";

export function setListenerOptions(listenfd: number, family: number): void {
  if (family === AF_UNIX) return;
  // A restart need not wait for the connections of the run before to leave TIME_WAIT.
  setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, 1);
  // `bind * -::*` opens one socket per family; without this the second would be in use already.
  if (family === AF_INET6) setsockopt(listenfd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

/** `keepAlive` in seconds; 0 asks for none. */
export function setConnectionOptions(connfd: number, keepAlive: number): void {
  // Replies are whole when they are sent: there is nothing to wait for.
  setsockopt(connfd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (keepAlive === 0) return;
  setsockopt(connfd, SOL_SOCKET, SO_KEEPALIVE, 1);
  setsockopt(connfd, IPPROTO_TCP, TCP_KEEPIDLE, keepAlive);
  setsockopt(connfd, IPPROTO_TCP, TCP_KEEPINTVL, Math.max(1, Math.floor(keepAlive / 3)));
  setsockopt(connfd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}
