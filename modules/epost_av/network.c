/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int network_parse_address(const char *text, struct network *network)
{
    memset(network, 0, sizeof *network);
    network->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    network->bits = network->family == AF_INET6 ? 128 : 32;
    if (inet_pton(network->family, text, network->address) != 1)
        return -1;
    /* An IPv4 address in IPv6 clothes is the IPv4 address. */
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (network->family == AF_INET6 && memcmp(network->address, mapped, 12) == 0) {
        memmove(network->address, network->address + 12, 4);
        network->family = AF_INET;
        network->bits = 32;
    }
    return 0;
}

int network_parse(const char *text, struct network *network)
{
    char address[64];
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);

    if (length >= sizeof address)
        return -1;
    memcpy(address, text, length);
    address[length] = '\0';
    if (network_parse_address(address, network) < 0)
        return -1;
    if (slash) {
        char *end;
        unsigned long bits = strtoul(slash + 1, &end, 10);
        if (end == slash + 1 || *end || bits > network->bits)
            return -1;
        network->bits = (unsigned)bits;
    }
    return 0;
}

bool network_has(const struct network *network, const struct network *address)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;

    if (address->family != network->family ||
        memcmp(address->address, network->address, whole) != 0)
        return false;
    if (!rest)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return (address->address[whole] & mask) == (network->address[whole] & mask);
}
