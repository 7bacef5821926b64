/* worker.h - the process that owns one implementation under test and plays cases to it. */
#ifndef XL_WORKER_H
#define XL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conformance/adapter.h"

struct xl_work {
	const struct xl_adapter *adapter;
	const struct xl_golden *golden;
	uint16_t config;
	const uint32_t *number; /* cases of that configuration, by number in the golden set */
	size_t n;
	unsigned in_flight; /* cases at a time, at the most */
	bool keeps_packets; /* of cases that passed, too; then one case at a time */
	bool stays; /* behind the last case, until it is killed */
	double timeout_scale;
	uint64_t seed;
	const char *scratch; /* an absolute directory for files the implementation reads */
};

/* Forks a worker in a process group of its own; *fd is where its frames (frames.h) come from, *talk_fd
 * what it and foreign code in it write to standard output and error; neither blocks. Whatever the worker
 * does, it is ended by killing its group. -1: the system refused. */
pid_t xl_worker_start(const struct xl_work *w, int *fd, int *talk_fd);

#endif
