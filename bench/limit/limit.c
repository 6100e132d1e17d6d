/*
 * The limit: a server that reads RESP requests and answers +OK to every one of them. It stores
 * nothing and looks nothing up: what is left is the cost of the kernel and of the protocol, which
 * no server of this kind, one epoll loop, one recv and one send per client and turn, can avoid.
 *
 *   cc -O2 -o limit limit.c && ./limit PORT [UNIX-SOCKET]
 *
 * It trusts its clients, and is for measuring only. The requests: Redis's protocol (RESP), arrays
 * of bulk strings; epoll(7), recv(2), send(2).
 */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_FDS = 65536, MAX_EVENTS = 1024, BUFFER_SIZE = 1 << 16, OK_SIZE = 5 };

/* Where in a request a client is. Its bytes need not be kept: nobody wants to know them. */
struct parser {
    long number; /* the digits of the current line so far */
    long args;   /* arguments of this request that are not complete */
    long skip;   /* bytes of the current argument, CR and LF included, that are not here yet */
};

static struct parser parsers[MAX_FDS];
static char inbound[BUFFER_SIZE];
/* No request is shorter than its reply, so a buffer of them never asks for more than this. */
static char replies[BUFFER_SIZE];

/* Reads the bytes from `at` to `end` and returns how many requests were completed by them. */
static int parse(struct parser *p, const char *at, const char *end) {
    int complete = 0;
    while (at < end) {
        if (p->skip > 0) {
            long n = p->skip < end - at ? p->skip : end - at;
            at += n;
            p->skip -= n;
            if (p->skip == 0 && --p->args == 0) complete++;
            continue;
        }
        char c = *at++;
        if (c >= '0' && c <= '9') {
            p->number = p->number * 10 + (c - '0');
        } else if (c == '\n') { /* of "*3": three arguments follow; of "$16": sixteen bytes do */
            if (p->args == 0) p->args = p->number;
            else p->skip = p->number + 2;
            p->number = 0;
        }
    }
    return complete;
}

static int check(int result, const char *call) {
    if (result < 0) err(1, "%s", call);
    return result;
}

static int listen_on(int family, const struct sockaddr *address, socklen_t size) {
    int fd = check(socket(family, SOCK_STREAM, 0), "socket"), on = 1;
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
    check(bind(fd, address, size), "bind");
    check(listen(fd, 511), "listen");
    return fd;
}

static int listen_tcp(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return listen_on(AF_INET, (struct sockaddr *)&address, sizeof address);
}

static int listen_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return listen_on(AF_UNIX, (struct sockaddr *)&address, sizeof address);
}

static void watch(int epfd, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    check(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void welcome(int epfd, int listenfd) {
    int connfd = accept(listenfd, NULL, NULL), on = 1;
    if (connfd < 0) return;
    if (connfd >= MAX_FDS) {
        close(connfd);
        return;
    }
    setsockopt(connfd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails on a unix socket */
    parsers[connfd] = (struct parser){0};
    watch(epfd, connfd);
}

static void serve(int connfd) {
    ssize_t n = recv(connfd, inbound, sizeof inbound, 0);
    if (n <= 0) {
        close(connfd);
        return;
    }
    int complete = parse(&parsers[connfd], inbound, inbound + n);
    if (complete > 0) send(connfd, replies, (size_t)complete * OK_SIZE, MSG_NOSIGNAL);
}

int main(int argc, char **argv) {
    if (argc < 2) errx(2, "usage: limit PORT [UNIX-SOCKET]");
    int epfd = check(epoll_create1(0), "epoll_create1");
    int tcpfd = listen_tcp(atoi(argv[1]));
    int unixfd = argc > 2 ? listen_unix(argv[2]) : -1;
    watch(epfd, tcpfd);
    if (unixfd >= 0) watch(epfd, unixfd);
    for (int i = 0; i < BUFFER_SIZE; i++) replies[i] = "+OK\r\n"[i % OK_SIZE];
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int ready = epoll_wait(epfd, events, MAX_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == tcpfd || fd == unixfd) welcome(epfd, fd);
            else serve(fd);
        }
    }
}
