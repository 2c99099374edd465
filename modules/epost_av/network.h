/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network: addresses and networks of clients, IPv4 and IPv6.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_NETWORK_H
#define EPOST_AV_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

struct network {
    int family;
    unsigned bits;
    uint8_t address[16];
};

/* An address, as a network of one. An IPv4 address in IPv6's form is the IPv4 address. Returns 0,
 * or -1. */
int network_parse_address(const char *text, struct network *network);

/* "192.0.2.0/24", or an address. Returns 0, or -1. */
int network_parse(const char *text, struct network *network);

bool network_has(const struct network *network, const struct network *address);

#endif
