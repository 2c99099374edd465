/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/fixedtext.h"

#include <ctype.h>
#include <string.h>

#include "common/find.h"

#define FIXEDTEXT_SIGNS ".[](){}*+?|^$\\"

struct fixedtext_reader {
    const char *at;
    char *plain; /* where the next of it goes */
    unsigned depth;
    struct fixedtext run, best; /* the letters read last, without anything between; the longest */
};

static void fixedtext_put(struct fixedtext_reader *reader, char c)
{
    *reader->plain++ = c;
}

static void fixedtext_put_letter(struct fixedtext_reader *reader, char c)
{
    if (strchr(FIXEDTEXT_SIGNS, c))
        fixedtext_put(reader, '\\');
    fixedtext_put(reader, c);
}

static void fixedtext_end_run(struct fixedtext_reader *reader)
{
    if (reader->run.length > reader->best.length)
        reader->best = reader->run;
    reader->run.length = 0;
}

/* One of the bytes that an escaped letter stands for; 0 for another. */
static char fixedtext_member(char letter)
{
    switch (letter) {
    case 'd':
        return '0';
    case 'w':
    case 'S':
    case 'D':
        return 'a';
    case 'W':
    case 's':
        return ' ';
    default:
        return '\0';
    }
}

/* The set behind "[". In the plain one an escape stands for one of its members. */
static bool fixedtext_set(struct fixedtext_reader *reader)
{
    const char *at = reader->at;
    const bool negated = *at == '^';
    const char *begin = reader->plain + 1 + negated;

    fixedtext_put(reader, '[');
    if (negated)
        fixedtext_put(reader, *at++);
    for (; *at && *at != ']'; at++) {
        if (*at == '[' || (*at == '\\' && negated))
            return false;
        if (*at != '\\') {
            fixedtext_put(reader, *at);
            continue;
        }
        at++;
        const char member = ispunct((unsigned char)*at) ? *at : fixedtext_member(*at);
        if (!member)
            return false;
        if (!strchr("[]\\^-", member))
            fixedtext_put(reader, member);
    }
    if (*at != ']' || reader->plain == begin)
        return false;
    fixedtext_put(reader, *at++);
    reader->at = at;
    return true;
}

/* One letter, set or sign. *letter_r: the letter, 0 for others. */
static bool fixedtext_one(struct fixedtext_reader *reader, char *letter_r)
{
    const char c = *reader->at++;

    *letter_r = '\0';
    if (c == '[')
        return fixedtext_set(reader);
    if (c == '.' || c == '^' || c == '$') {
        fixedtext_put(reader, c);
        return true;
    }
    if (c == '\\') {
        const char escaped = *reader->at++;

        if (ispunct((unsigned char)escaped))
            *letter_r = escaped;
        else if (!fixedtext_member(escaped))
            return false;
        fixedtext_put_letter(reader, *letter_r ? escaped : fixedtext_member(escaped));
        return true;
    }
    if (c < ' ' || c > '~' || strchr("]{}*+?", c))
        return false;
    *letter_r = c;
    fixedtext_put(reader, c);
    return true;
}

/* A repetition, if there is one. */
static bool fixedtext_count(struct fixedtext_reader *reader, bool *counted_r)
{
    const char *at = reader->at;

    *counted_r = *at && strchr("*+?{", *at);
    if (!*counted_r)
        return true;
    if (*at == '{') {
        if (!isdigit((unsigned char)at[1]))
            return false;
        while (isdigit((unsigned char)*at) || *at == ',' || *at == '{')
            fixedtext_put(reader, *at++);
        if (*at != '}')
            return false;
    }
    fixedtext_put(reader, *at++);
    if (*at == '?' || *at == '+') /* as few or as many as can be: it is a match all the same */
        at++;
    reader->at = at;
    return true;
}

/* A parenthesis, or the sign between alternatives. */
static bool fixedtext_parenthesis(struct fixedtext_reader *reader)
{
    const char c = *reader->at++;

    fixedtext_put(reader, c);
    if (c == '(') {
        reader->depth++;
        if (*reader->at == '*')
            return false;
        if (*reader->at == '?') {
            if (reader->at[1] != ':')
                return false;
            reader->at += 2;
        }
        return true;
    }
    if (reader->depth == 0)
        return false;
    reader->depth -= c == ')';
    return true;
}

static bool fixedtext_step(struct fixedtext_reader *reader)
{
    const bool grouped = *reader->at == '(' || *reader->at == ')' || *reader->at == '|';
    const bool opens = *reader->at == '(' || *reader->at == '|';
    char letter = '\0';
    bool counted = false;

    if (grouped ? !fixedtext_parenthesis(reader) : !fixedtext_one(reader, &letter))
        return false;
    if (!opens && !fixedtext_count(reader, &counted))
        return false;
    if (!letter || counted || reader->depth > 0 || reader->run.length == FIXEDTEXT_MAX)
        fixedtext_end_run(reader);
    else
        reader->run.bytes[reader->run.length++] = (unsigned char)letter;
    return true;
}

/* How rare letters are, roughly: first those that stand in nearly every text. */
static size_t fixedtext_rarest(const struct fixedtext *text)
{
    static const char often[] = " etaoinsrhldcumfpgwybv,.k-/_:\"'=";
    size_t best = 0;
    ptrdiff_t most = -1;

    for (size_t i = 0; i < text->length; i++) {
        const char *place = strchr(often, text->bytes[i]);
        const ptrdiff_t rank = place ? place - often : (ptrdiff_t)sizeof often;

        if (rank > most) {
            most = rank;
            best = i;
        }
    }
    return best;
}

bool fixedtext_of(const char *pattern, struct fixedtext *text_r, char *plain_r)
{
    struct fixedtext_reader reader = {.at = pattern, .plain = plain_r};

    text_r->length = 0;
    if (strlen(pattern) >= FIXEDTEXT_PATTERN_MAX)
        return false;
    while (*reader.at)
        if (!fixedtext_step(&reader))
            return false;
    fixedtext_end_run(&reader);
    fixedtext_put(&reader, '\0');
    if (reader.depth > 0 || reader.best.length < FIXEDTEXT_MIN)
        return false;
    *text_r = reader.best;
    text_r->rare = (unsigned char)fixedtext_rarest(text_r);
    return true;
}

bool fixedtext_is_in(const struct fixedtext *text, const void *subject, size_t length)
{
    return find_bytes(subject, length, text->bytes, text->length) != NULL;
}
