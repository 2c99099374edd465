/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * textruns: files in text without a data: URI around them: runs of base64 and of hexadecimal
 * digits, lists of numbers, binary string literals, parts of flat XML.
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_TEXTRUNS_H
#define EPOST_INSPECT_FORMATS_TEXTRUNS_H

struct embedded;

/* Long runs of base64 and of hexadecimal digits, whatever is around them. */
void textruns_look(struct embedded *embedded);

/* [80,75,3,4,...], String.fromCharCode(77,90,...), "80,75,3,4,..." */
void textruns_lists(struct embedded *embedded);

/* Literals that are a file once their escapes are undone. */
void textruns_literals(struct embedded *embedded);

/* The parts of Office documents in flat XML, whatever they look like. */
void textruns_parts(struct embedded *embedded);

#endif
