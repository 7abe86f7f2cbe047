/*
 * readahead: the system calls with which libmilter reads.
 *
 * An MTA sends many packets in one write, up to thirty for a message, most
 * of which want no answer. libmilter asks for each with two calls of poll(2)
 * and two of read(2). Here they are read at once, and handed out as asked.
 *
 * hopseald is linked with a copy of libmilter's archive in which accept,
 * close, poll and read are renamed to these (Makefile.am); where configure
 * finds no such archive, with libmilter as it is, and this is not used.
 *
 * What is not a connection that readahead_accept() gave goes to the system
 * call as it is. Each is as its system call in arguments, result and errno.
 *
 * Threads: a connection is one thread's at a time, as libmilter has it.
 * Limits: descriptors below READAHEAD_FILES; others are read without it.
 * Source: accept(2), close(2), poll(2), read(2).
 */
#ifndef HOPSEAL_FILTER_READAHEAD_H
#define HOPSEAL_FILTER_READAHEAD_H

#include <poll.h>
#include <sys/socket.h>

enum {
	READAHEAD_FILES = 64 * 1024,
	READAHEAD_SIZE = 8 * 1024 /* octets kept for each descriptor in use */
};

int readahead_accept(int fd, struct sockaddr *address, socklen_t *len);
int readahead_close(int fd);

/* Says at once that a connection can be read when octets of it are here. */
int readahead_poll(struct pollfd *files, nfds_t count, int timeout_ms);
ssize_t readahead_read(int fd, void *out, size_t size);

#endif
