/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/members.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/find.h"
#include "common/text.h"

#define MEMBERS_ENDING_MAX 16 /* bytes of an ending that stands for a name */

void members_base(char *base, size_t size, const char *name)
{
    const char *start = name;

    for (const char *c = name; *c; c++)
        if ((*c == '/' || *c == '\\') && c[1])
            start = c + 1;
    /* Of a long name the end decides. A byte that is no text becomes three. */
    char plain[3 * MEMBERS_NAME_MAX];
    size_t given = strlen(start);
    if (given >= MEMBERS_NAME_MAX) {
        start += given - (MEMBERS_NAME_MAX - 1);
        given = MEMBERS_NAME_MAX - 1;
    }
    text_copy(plain, sizeof plain, start, given);
    size_t length = strlen(plain);
    while (length && (plain[length - 1] == '.' || plain[length - 1] == ' '))
        plain[--length] = '\0';
    for (char *c = plain; *c; c++)
        if (*c == '\t' || *c == '\n')
            *c = ' ';
    const char *from = length < size ? plain : plain + length - (size - 1);
    while (((unsigned char)*from & 0xc0) == 0x80)
        from++; /* whole characters */
    memcpy(base, from, strlen(from) + 1);
}

/* ----------------------------------------------------------------------- tricks */

/* U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 in UTF-8. */
static bool members_has_bidi(const char *base)
{
    for (const unsigned char *c = (const unsigned char *)base; *c; c++) {
        if (c[0] == 0xd8 && c[1] == 0x9c)
            return true;
        if (c[0] != 0xe2)
            continue;
        if (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xaa && c[2] <= 0xae)))
            return true;
        if (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)
            return true;
    }
    return false;
}

static bool members_is_one_of(const char *ending, size_t length, const char *const *endings)
{
    for (; *endings; endings++)
        if (strlen(*endings) == length && strncasecmp(ending, *endings, length) == 0)
            return true;
    return false;
}

/* "invoice.pdf.exe", "photo.jpg      .scr": what is run, behind what is looked at. */
static bool members_is_double(const char *base)
{
    static const char *const run[] = {"exe", "scr", "com", "pif", "bat", "cmd", "js",  "jse",
                                      "vbs", "vbe", "wsf", "wsh", "hta", "lnk", "msi", "ps1",
                                      "cpl", "jar", "dll", "reg", "iso", "img", "one", "sh",
                                      "app", "dmg", "apk", "url", "chm", "vhd", NULL};
    static const char *const seen[] = {
        "pdf",  "doc",  "docx", "xls", "xlsx", "ppt",  "pptx", "rtf", "txt", "csv",  "jpg",
        "jpeg", "png",  "gif",  "bmp", "tif",  "tiff", "mp3",  "mp4", "avi", "wav",  "mov",
        "htm",  "html", "xml",  "eml", "odt",  "ods",  "zip",  "rar", "7z",  "heic", NULL};
    const char *last = strrchr(base, '.');

    if (!last || last == base || !members_is_one_of(last + 1, strlen(last + 1), run))
        return false;
    const char *end = last;
    while (end > base && end[-1] == ' ')
        end--;
    if (last - end >= 3)
        return true; /* pushed out of sight */
    const char *start = end;
    while (start > base && start[-1] != '.')
        start--;
    return start > base && members_is_one_of(start, (size_t)(end - start), seen);
}

static bool members_is_macro(const char *base)
{
    static const char *const names[] = {"vbaProject.bin", "vbaProjectSignature.bin", "_VBA_PROJECT",
                                        "_VBA_PROJECT_CUR"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(base, names[i]) == 0)
            return true;
    return false;
}

const char *members_trick(const char *name)
{
    char base[MEMBERS_NAME_MAX];

    if (members_has_bidi(name)) /* a base has none any more */
        return MEMBERS_BIDI;
    members_base(base, sizeof base, name);
    if (members_is_double(base))
        return MEMBERS_DOUBLE;
    return members_is_macro(base) ? MEMBERS_MACRO : NULL;
}

/* ------------------------------------------------------------------------ adding */

/* A large archive asks this for each of its names: most have no room, and many bytes are passed. */
static bool members_has(const char *text, size_t used, const char *line, size_t length)
{
    const char *at = text;

    while ((at = find_bytes(at, used - (size_t)(at - text), line, length)) != NULL) {
        if (at == text || at[-1] == '\n')
            return true;
        at++;
    }
    return false;
}

/* Adds a line if it is new and there is room up to `room`. */
static bool members_add(struct members *members, const char *kind, const char *name, size_t room)
{
    char line[MEMBERS_KIND_MAX + MEMBERS_NAME_MAX + 4];
    size_t used = strlen(members->text);
    size_t length =
        (size_t)snprintf(line, sizeof line, "%.*s\t%s\n", MEMBERS_KIND_MAX - 1, kind, name);

    if (members_has(members->text, used, line, length))
        return true;
    if (used + length >= room)
        return false;
    memcpy(members->text + used, line, length + 1);
    return true;
}

static void members_ending(char ending[MEMBERS_ENDING_MAX + 2], const char *base)
{
    const char *last = strrchr(base, '.');

    if (!last || strlen(last) > MEMBERS_ENDING_MAX)
        last = "";
    snprintf(ending, MEMBERS_ENDING_MAX + 2, "*%s", last);
    for (char *c = ending; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

/* A name that its container's reader may have cut, without an ending: what it ended in is gone. */
static bool members_may_be_cut(const char *name)
{
    const char *last = strrchr(name, '.');

    return strlen(name) + 8 >= MEMBERS_NAME_MAX && (!last || strlen(last) > MEMBERS_ENDING_MAX);
}

void members_note_trick(struct members *members, const char *name)
{
    const char *trick = members_trick(name);

    if (trick && !members_add(members, trick, "", sizeof members->text))
        members->is_cut = true;
}

static void members_note_name(struct members *members, const char *name)
{
    char base[MEMBERS_NAME_MAX], ending[MEMBERS_ENDING_MAX + 2];

    members_base(base, sizeof base, name);
    members_note_trick(members, name);
    members->is_cut |= members_may_be_cut(name);
    if (!*base || members_add(members, "", base, sizeof members->text / 2))
        return;
    members_ending(ending, base);
    members->is_short = true;
    if (!members_add(members, "", ending, sizeof members->text))
        members->is_cut = true;
}

void members_note(struct members *members, const char *kind, const char *name)
{
    if (*kind && !members_add(members, kind, "", sizeof members->text))
        members->is_cut = true;
    if (name && *name)
        members_note_name(members, name);
}

/* ----------------------------------------------------------------------- reading */

bool members_next(const char **at, struct member *member)
{
    size_t kind = strcspn(*at, "\t\n");

    if (**at == '\0' || (*at)[kind] != '\t' || kind >= sizeof member->kind)
        return false;
    const char *name = *at + kind + 1;
    size_t length = strcspn(name, "\t\n");
    if (name[length] != '\n' || length >= sizeof member->name)
        return false;
    snprintf(member->kind, sizeof member->kind, "%.*s", (int)kind, *at);
    snprintf(member->name, sizeof member->name, "%.*s", (int)length, name);
    *at = name + length + 1;
    return true;
}

bool members_check(const char *text)
{
    struct member member;

    while (members_next(&text, &member))
        continue;
    return *text == '\0';
}
