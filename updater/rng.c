/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/rng.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* splitmix64 */
static uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

void rng_init(struct rng *rng, uint64_t seed)
{
    rng->state = seed;
    if (seed == 0 && getrandom(&rng->state, sizeof rng->state, 0) != sizeof rng->state)
        rng->state = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
}

uint64_t rng_below(struct rng *rng, uint64_t below)
{
    uint64_t value;

    if (below == 0)
        return 0;
    /* The top that does not divide evenly would favour low numbers: draw again. */
    do
        value = rng_next(rng);
    while (value >= UINT64_MAX - UINT64_MAX % below);
    return value % below;
}

void rng_shuffle(struct rng *rng, size_t *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)rng_below(rng, i);
        size_t moved = items[i - 1];

        items[i - 1] = items[other];
        items[other] = moved;
    }
}
