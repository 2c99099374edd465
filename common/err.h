/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err: why something failed, in words for the operator.
 *
 * A function that can fail takes a struct err owned by its caller and returns
 * 0, or -1 with the text filled. It does not log: only the outermost caller
 * knows the context and prints the text, once.
 *
 * Threads: a struct err belongs to one thread at a time. No global state.
 */
#ifndef EPOST_COMMON_ERR_H
#define EPOST_COMMON_ERR_H

#define ERR_TEXT_MAX 1024

/* On a function whose result says whether it worked: nobody may forget to look. */
#define EPOST_MUST_CHECK __attribute__((warn_unused_result))

struct err {
    char text[ERR_TEXT_MAX]; /* one line without newline; cut, never overrun */
};

/* Sets the text. Returns -1 always, so that a failure is `return err_set(...)`. */
int err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As err_set, and appends ": " and the meaning of errno as it was at the call. */
int err_sys(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "what: " in front of the text that a callee has left. Returns -1. */
int err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
