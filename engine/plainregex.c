/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/plainregex.h"

#include <ctype.h>
#include <string.h>

#define PLAINREGEX_SIGNS     ".[](){}*+?|^$\\"
#define PLAINREGEX_COUNT_MAX 255 /* of {n,m} */
#define PLAINREGEX_DEPTH_MAX 16  /* parentheses in one another */
#define PLAINREGEX_MORE      3   /* a sample repeats something at most so often without need */

/* ----------------------------------------------------------------- reading */

/* Behind the set that begins at `at`, or NULL if it is not plain. */
static const char *plainregex_after_set(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    if (*at == ']')
        return NULL;
    while (*at && *at != ']' && *at != '[' && *at != '\\')
        at++;
    return *at == ']' ? at + 1 : NULL;
}

static const char *plainregex_number(const char *at, unsigned *number_r)
{
    *number_r = 0;
    if (!isdigit((unsigned char)*at))
        return NULL;
    for (; isdigit((unsigned char)*at); at++)
        if ((*number_r = *number_r * 10 + (unsigned)(*at - '0')) > PLAINREGEX_COUNT_MAX)
            return NULL;
    return at;
}

/* Behind the repetition at `at`, if there is one; NULL if it is not plain. */
static const char *plainregex_after_count(const char *at, unsigned *least_r, unsigned *most_r)
{
    *least_r = *at == '*' || *at == '?' ? 0 : 1;
    *most_r = *at == '*' || *at == '+' ? PLAINREGEX_COUNT_MAX : 1;
    if (*at == '*' || *at == '+' || *at == '?')
        return at + 1;
    if (*at != '{')
        return at;
    if (!(at = plainregex_number(at + 1, least_r)))
        return NULL;
    *most_r = *least_r;
    if (*at == ',' && at[1] == '}') {
        *most_r = PLAINREGEX_COUNT_MAX;
        at++;
    } else if (*at == ',' && !(at = plainregex_number(at + 1, most_r))) {
        return NULL;
    }
    return *at == '}' && *least_r <= *most_r ? at + 1 : NULL;
}

/* Behind one letter, set, or sign; of a group, behind its "(". NULL if it is not plain. */
static const char *plainregex_after_one(const char *at)
{
    if (*at == '[')
        return plainregex_after_set(at);
    if (*at == '\\')
        return at[1] && strchr(PLAINREGEX_SIGNS, at[1]) ? at + 2 : NULL;
    return *at && !strchr("]{}*+?", *at) ? at + 1 : NULL;
}

bool plainregex_is(const char *pattern)
{
    unsigned depth = 0, least, most;
    const char *at = pattern;
    bool empty = true; /* nothing yet in this alternative */

    if (strlen(pattern) > PLAINREGEX_LENGTH_MAX)
        return false;
    for (const char *c = pattern; *c; c++)
        if (*c < ' ' || *c > '~')
            return false;
    while (at && *at) {
        const char sign = *at;

        if ((sign == '|' || sign == ')') && empty)
            return false;
        if ((sign == '(' && ++depth > PLAINREGEX_DEPTH_MAX) || (sign == ')' && depth-- == 0))
            return false;
        empty = sign == '|' || sign == '(';
        at = plainregex_after_one(at);
        if (!at || empty)
            continue;
        const char *counted = plainregex_after_count(at, &least, &most);
        if (counted != at && (sign == '^' || sign == '$'))
            return false;
        at = counted;
    }
    return at && depth == 0 && !empty;
}

/* ----------------------------------------------------------------- samples */

struct plainregex_sampler {
    uint64_t seed;
    char *text;
    size_t used, size; /* used > size: it does not fit */
};

static unsigned plainregex_random(struct plainregex_sampler *sampler, unsigned below)
{
    sampler->seed = sampler->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(sampler->seed >> 33) % below;
}

static void plainregex_put(struct plainregex_sampler *sampler, char c)
{
    if (sampler->used < sampler->size)
        sampler->text[sampler->used] = c;
    sampler->used++;
}

static bool plainregex_has(const char *set, const char *end, char c)
{
    for (; set < end; set++)
        if (set + 2 < end && set[1] == '-' ? c >= set[0] && c <= set[2] : c == *set)
            return true;
        else if (set + 2 < end && set[1] == '-')
            set += 2;
    return false;
}

/* A letter of the set between its brackets. */
static char plainregex_member(struct plainregex_sampler *sampler, const char *set, const char *end)
{
    const bool negated = *set == '^';
    const unsigned letters = '~' - ' ' + 1, first = plainregex_random(sampler, letters);

    for (unsigned i = 0; i < letters; i++) {
        char c = (char)(' ' + (first + i) % letters);

        if (plainregex_has(set + negated, end, c) != negated)
            return c;
    }
    return '\n';
}

/* The end of the alternative that begins at `at`: a "|" or ")" of this level, or the end. */
static const char *plainregex_alternative_end(const char *at)
{
    unsigned depth = 0, least, most;

    while (at && *at && (depth > 0 || (*at != '|' && *at != ')'))) {
        depth += *at == '(';
        depth -= *at == ')';
        const bool opens = *at == '(' || *at == '|';
        at = plainregex_after_one(at);
        if (at && !opens)
            at = plainregex_after_count(at, &least, &most);
    }
    return at;
}

static const char *plainregex_group(struct plainregex_sampler *sampler, const char *at, bool emit);

static void plainregex_one(struct plainregex_sampler *sampler, const char *at, const char *end)
{
    if (*at == '(')
        plainregex_group(sampler, at + 1, true);
    else if (*at == '[')
        plainregex_put(sampler, plainregex_member(sampler, at + 1, end - 1));
    else if (*at == '\\')
        plainregex_put(sampler, at[1]);
    else if (*at == '.')
        plainregex_put(sampler, (char)(' ' + plainregex_random(sampler, '~' - ' ' + 1)));
    else if (*at != '^' && *at != '$')
        plainregex_put(sampler, *at);
}

static void plainregex_sequence(struct plainregex_sampler *sampler, const char *at, const char *end)
{
    while (at < end && sampler->used <= sampler->size) {
        const char *after =
            *at == '(' ? plainregex_group(sampler, at + 1, false) + 1 : plainregex_after_one(at);
        unsigned least, most, times;
        const char *next = plainregex_after_count(after, &least, &most);

        times = least +
                plainregex_random(
                    sampler, (most - least < PLAINREGEX_MORE ? most - least : PLAINREGEX_MORE) + 1);
        for (unsigned i = 0; i < times && sampler->used <= sampler->size; i++)
            plainregex_one(sampler, at, after);
        at = next;
    }
}

/* One of the alternatives. Returns the group's end. */
static const char *plainregex_group(struct plainregex_sampler *sampler, const char *at, bool emit)
{
    unsigned count = 1, chosen;
    const char *end;

    for (end = plainregex_alternative_end(at); *end == '|'; count++)
        end = plainregex_alternative_end(end + 1);
    if (!emit)
        return end;
    for (chosen = plainregex_random(sampler, count); chosen > 0; chosen--)
        at = plainregex_alternative_end(at) + 1;
    plainregex_sequence(sampler, at, plainregex_alternative_end(at));
    return end;
}

size_t plainregex_sample(const char *pattern, uint64_t seed, char *text, size_t size)
{
    struct plainregex_sampler sampler = {.seed = seed, .text = text, .size = size - 1};

    plainregex_group(&sampler, pattern, true);
    if (sampler.used > sampler.size)
        return 0;
    text[sampler.used] = '\0';
    return sampler.used;
}
