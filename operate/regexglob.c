/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/regexglob.h"

#include <ctype.h>
#include <string.h>

#include "common/text.h"

/* The end of the atom at `p`: an escaped character, a set, or one character. NULL: it has none. */
static const char *regexglob_atom_end(const char *p)
{
    if (*p == '\\')
        return p[1] ? p + 2 : NULL;
    if (*p != '[')
        return p + 1;
    p++;
    if (*p == '^')
        p++;
    if (*p == ']')
        p++;
    for (; *p && *p != ']'; p++)
        if (*p == '[' && (p[1] == ':' || p[1] == '.' || p[1] == '='))
            return NULL; /* a class of characters by name */
    return *p ? p + 1 : NULL;
}

/* Adds before + middle + after as another expression to be looked at. */
static int regexglob_push(struct regexglob *list, const char *before, size_t before_length,
                          const char *middle, size_t middle_length, const char *after,
                          struct err *err)
{
    char text[REGEXGLOB_LENGTH];
    size_t after_length = strlen(after);

    if (before_length + middle_length + after_length >= sizeof text)
        return err_set(err, "it is too long");
    memcpy(text, before, before_length);
    memcpy(text + before_length, middle, middle_length);
    memcpy(text + before_length + middle_length, after, after_length + 1);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->pattern[i], text) == 0)
            return 0;
    if (list->count == REGEXGLOB_MAX)
        return err_set(err, "it has more than %d alternatives", REGEXGLOB_MAX);
    text_fit(list->pattern[list->count++], REGEXGLOB_LENGTH, text);
    return 0;
}

/* Adds one expression for each alternative between start and end. */
static int regexglob_split(struct regexglob *list, const char *regex, size_t before_length,
                           const char *start, const char *end, const char *after, struct err *err)
{
    const char *from = start;

    for (const char *p = start; p <= end;) {
        if (p == end || *p == '|') {
            if (regexglob_push(list, regex, before_length, from, (size_t)(p - from), after, err) <
                0)
                return -1;
            from = ++p;
            continue;
        }
        p = regexglob_atom_end(p); /* never NULL: regexglob_find has been here */
        if (!p)
            return err_set(err, "a set or a backslash has no end");
    }
    return 0;
}

struct place {
    const char *open, *close; /* the innermost first group: its parentheses */
    const char *optional;     /* an atom before a question mark */
    const char *optional_end;
    bool bar; /* an alternative outside of all groups */
};

/* Looks for what makes several expressions out of one. Returns 0, or -1 and err. */
static int regexglob_find(const char *regex, struct place *place, struct err *err)
{
    const char *open = NULL, *last = NULL;

    memset(place, 0, sizeof *place);
    for (const char *p = regex; *p;) {
        const char *end = regexglob_atom_end(p);
        if (!end)
            return err_set(err, "it has a set or a backslash that has no equivalent");
        if (*p == '(') {
            open = p;
        } else if (*p == ')') {
            if (!open)
                return err_set(err, "a parenthesis has no partner");
            place->open = open;
            place->close = p;
            return 0;
        } else if (*p == '?' && (!last || strchr("(|?^", *last))) {
            return err_set(err, "a question mark has nothing in front of it");
        } else if (*p == '?' && *last != '*' && *last != '+') {
            place->optional = last;
            place->optional_end = p;
        } else if (*p == '|' && !open) {
            place->bar = true;
        }
        last = p;
        p = end;
    }
    return open ? err_set(err, "a parenthesis has no partner") : 0;
}

/* Replaces one expression by those that it stands for. Returns 1 if it did, 0 if the
 * expression is flat, -1 and err. */
static int regexglob_expand(struct regexglob *list, const char *regex, struct err *err)
{
    struct place place;

    if (regexglob_find(regex, &place, err) < 0)
        return -1;
    if (place.open) {
        const char *after = place.close + 1;
        size_t before = (size_t)(place.open - regex);
        if (*after == '*' || *after == '+' || *after == '{')
            return err_set(err, "it repeats a group");
        if (*after == '?') {
            after++;
            if (regexglob_push(list, regex, before, "", 0, after, err) < 0)
                return -1;
        }
        return regexglob_split(list, regex, before, place.open + 1, place.close, after, err) < 0
                   ? -1
                   : 1;
    }
    if (place.bar)
        return regexglob_split(list, regex, 0, regex, regex + strlen(regex), "", err) < 0 ? -1 : 1;
    if (!place.optional)
        return 0;
    size_t before = (size_t)(place.optional - regex);
    size_t length = (size_t)(place.optional_end - place.optional);
    if (regexglob_push(list, regex, before, "", 0, place.optional_end + 1, err) < 0 ||
        regexglob_push(list, regex, before, place.optional, length, place.optional_end + 1, err) <
            0)
        return -1;
    return 1;
}

struct out {
    char text[REGEXGLOB_LENGTH];
    size_t length;
    bool full;
};

static void regexglob_put(struct out *out, char c)
{
    if (c == '*' && out->length && out->text[out->length - 1] == '*' &&
        (out->length < 2 || out->text[out->length - 2] != '\\'))
        return;
    if (out->length + 1 >= sizeof out->text)
        out->full = true;
    else
        out->text[out->length++] = c;
}

static void regexglob_put_literal(struct out *out, char c, bool fold)
{
    if (fold && isalpha((unsigned char)c)) {
        regexglob_put(out, '[');
        regexglob_put(out, (char)tolower((unsigned char)c));
        regexglob_put(out, (char)toupper((unsigned char)c));
        regexglob_put(out, ']');
        return;
    }
    if (strchr("*?[]\\", c)) {
        /* A backslash in front of a star must not be taken for one of the star's own. */
        if (out->length + 2 >= sizeof out->text) {
            out->full = true;
            return;
        }
        out->text[out->length++] = '\\';
        out->text[out->length++] = c;
        return;
    }
    regexglob_put(out, c);
}

/* A set, letters in both cases. */
static int regexglob_put_set(struct out *out, const char *start, const char *end, bool fold,
                             struct err *err)
{
    regexglob_put(out, '[');
    for (const char *p = start + 1; p < end - 1; p++) {
        if (p == start + 1 && *p == '^') {
            regexglob_put(out, '!');
            continue;
        }
        if (*p == '\\' || *p == '*' || *p == '!' || *p == '[')
            return err_set(err, "a set holds a character that has no equivalent");
        bool is_range = p + 2 < end - 1 && p[1] == '-';
        for (int lower = 0; lower < (fold && isalpha((unsigned char)*p) ? 2 : 1); lower++)
            for (const char *q = p; q <= p + (is_range ? 2 : 0); q++)
                regexglob_put(out, !fold || !isalpha((unsigned char)*q)
                                       ? *q
                                       : (char)(lower ? tolower((unsigned char)*q)
                                                      : toupper((unsigned char)*q)));
        p += is_range ? 2 : 0;
    }
    regexglob_put(out, ']');
    return 0;
}

/* One atom. `next` is what follows it, and is moved over a star or plus behind a dot. */
static int regexglob_atom(struct out *out, const char *p, const char **next, bool fold,
                          struct err *err)
{
    const char *end = *next;

    if (*p == '.' && (*end == '*' || *end == '+')) {
        if (*end == '+')
            regexglob_put(out, '?');
        regexglob_put(out, '*');
        *next = end + 1 + (end[1] == '?');
        return 0;
    }
    if (*end == '*' || *end == '+' || *end == '{')
        return err_set(err, "it repeats something else than a dot");
    if (strchr("*+?{^$", *p))
        return err_set(err, "\"%c\" stands where it has no equivalent", *p);
    if (*p == '.')
        regexglob_put(out, '?');
    else if (*p == '[')
        return regexglob_put_set(out, p, end, fold, err);
    else if (*p == '\\' && isalnum((unsigned char)p[1]))
        return err_set(err, "\"\\%c\" has no equivalent", p[1]);
    else if (!isgraph((unsigned char)*p))
        return err_set(err, "it holds a byte that is not plain ASCII");
    else
        regexglob_put_literal(out, *p == '\\' ? p[1] : *p, fold);
    return 0;
}

/* An expression without groups, alternatives and question marks. */
static int regexglob_flat(const char *regex, bool fold, struct out *out, struct err *err)
{
    const char *p = regex;
    bool has_end = false;

    memset(out, 0, sizeof *out);
    if (*p == '^')
        p++;
    else
        regexglob_put(out, '*');
    while (*p && !has_end) {
        const char *end = regexglob_atom_end(p);
        if (!end)
            return err_set(err, "it has a set or a backslash that has no equivalent");
        if (*p == '$' && !p[1])
            has_end = true;
        else if (regexglob_atom(out, p, &end, fold, err) < 0)
            return -1;
        p = end;
    }
    if (!has_end)
        regexglob_put(out, '*');
    if (out->full)
        return err_set(err, "it is too long");
    return 0;
}

int regexglob_translate(const char *regex, bool fold, struct regexglob *out, struct err *err)
{
    /* Each step takes the last expression of `list`; the ceiling of both ends any growth. */
    static _Thread_local struct regexglob list;
    static _Thread_local struct out flat;
    char now[REGEXGLOB_LENGTH];

    out->count = list.count = 0;
    if (regexglob_push(&list, regex, strlen(regex), "", 0, "", err) < 0)
        return -1;
    for (int steps = 0; list.count; steps++) {
        if (steps > 16 * REGEXGLOB_MAX)
            return err_set(err, "it has too many alternatives");
        text_fit(now, sizeof now, list.pattern[--list.count]);
        int expanded = regexglob_expand(&list, now, err);
        if (expanded < 0 || (expanded == 0 && regexglob_flat(now, fold, &flat, err) < 0))
            return -1;
        if (expanded == 0 && regexglob_push(out, flat.text, flat.length, "", 0, "", err) < 0)
            return -1;
    }
    return 0;
}
