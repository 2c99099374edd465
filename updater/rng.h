/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rng: chance that can be repeated: for the choice of mirrors and for jitter,
 * never for secrets.
 *
 * Owner: the caller keeps the state. Threads: one a state.
 */
#ifndef EPOST_UPDATER_RNG_H
#define EPOST_UPDATER_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* Starts from a seed, or from the system's randomness when seed is 0. */
void rng_init(struct rng *rng, uint64_t seed);

/* An even number in 0 … below-1; 0 when below is 0. */
uint64_t rng_below(struct rng *rng, uint64_t below);

/* Puts the items in random order, every order as likely as any other. */
void rng_shuffle(struct rng *rng, size_t *items, size_t count);

#endif
