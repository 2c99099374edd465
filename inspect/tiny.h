/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tiny: the objects that libclamav does not look at for their size. They count as looked at.
 */
#ifndef EPOST_INSPECT_TINY_H
#define EPOST_INSPECT_TINY_H

#define TINY_BYTES 5u /* an object of so few bytes, or fewer */

#endif
