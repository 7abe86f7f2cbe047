/*
 * wire: the system calls with which libmilter talks to the MTA, fewer of them.
 *
 * An MTA sends many packets in one write, up to thirty for a message, most of
 * which want no answer. libmilter asks for each with two or three calls of
 * poll(2) and two of read(2); and it polls before each write, though there is
 * room for an answer nearly always. Here what has come is read at once and
 * handed out as asked, what changes the message goes out with the answer that
 * follows it, and there is a poll only where a call would wait.
 *
 * hopseald is linked with a copy of libmilter's archive in which accept,
 * close, poll, read and writev are renamed to these (Makefile.am). Where
 * configure finds no such archive, or is told to, hopseald is linked with
 * libmilter as it is, and this is not used.
 *
 * What is not a connection that wire_accept() gave goes to the system call as
 * it is, and so does what was not polled by wire_poll() before. Each is as its
 * system call in arguments, result and errno, save that a write never waits
 * longer than the poll before it was to.
 *
 * Threads: a connection is one thread's at a time, as libmilter has it.
 * Limits: descriptors below WIRE_FILES; others are used as they are. Source:
 * accept(2), close(2), poll(2), read(2), writev(2); mfdef.h, the packets.
 */
#ifndef HOPSEAL_FILTER_WIRE_H
#define HOPSEAL_FILTER_WIRE_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	WIRE_FILES = 64 * 1024,
	WIRE_AHEAD = 8 * 1024, /* octets read ahead, of each connection */
	WIRE_HELD = 4 * 1024   /* octets that wait for their answer */
};

int wire_accept(int fd, struct sockaddr *address, socklen_t *len);
int wire_close(int fd);

/*
 * Says at once that a connection can be read when octets of it are here, and
 * that it can be written.
 */
int wire_poll(struct pollfd *files, nfds_t count, int timeout_ms);
ssize_t wire_read(int fd, void *out, size_t size);

/* Fails with ETIMEDOUT when the MTA takes nothing for as long as poll said. */
ssize_t wire_writev(int fd, const struct iovec *pieces, int count);

#endif
