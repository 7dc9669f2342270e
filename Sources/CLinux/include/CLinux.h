// What Glibc's Swift module leaves out: epoll, eventfd, signalfd and the _GNU_SOURCE calls.
#pragma once

#include <linux/sock_diag.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

/// Gives back the pages of the program's and its libraries' files that nobody has written to: they are read again when
/// they are needed.
void clinux_release_file_pages(void);

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC.
int clinux_accept(int listener);

/// Sends `signal` on to the calling thread, whichever thread it comes to: a library's thread may let through what all of
/// this program's threads block. The calling thread has to block it.
int clinux_forward_signal(int signal);
