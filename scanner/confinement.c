/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confinement: what the parts of the sandbox are for, in words for the operator, and whether what
 * holds is enough for RequireSandbox.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/scannerconf.h"
#include "scanner/confinement.h"

#define CONFINEMENT_LINE 512

static const struct confinement_part {
    const char *word; /* in the summary */
    int required;     /* enum scannerconf_sandbox: the least that wants it */
    const char *means;
} confinement_parts[] = {
    {"seccomp", SCANNERCONF_SANDBOX_SECCOMP,
     "a worker that content has taken over may use every system call: start programs, open "
     "connections, signal processes of the same user"},
    {"namespaces", SCANNERCONF_SANDBOX_ALL,
     "a worker keeps the machine's network, IPC and process names in sight, and only seccomp and "
     "Landlock keep a worker that content has taken over from them"},
    {"tmpfs", SCANNERCONF_SANDBOX_ALL,
     "temporary files lie in an ordinary directory: their sum is not bounded, only the size of "
     "each"},
    {"chroot", SCANNERCONF_SANDBOX_ALL,
     "a worker's root is the machine's, and Landlock alone keeps it from the files in it"},
    {"landlock", SCANNERCONF_SANDBOX_ALL,
     "where there is no tmpfs of its own either, a worker that content has taken over may read and "
     "write what the user of the scanner may"},
};

static bool confinement_holds(const char *summary, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = summary; (at = strstr(at, word)); at += length)
        if ((at == summary || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

int confinement_check(const char *summary, int required, const char *why, struct err *err)
{
    for (size_t i = 0; i < sizeof confinement_parts / sizeof confinement_parts[0]; i++) {
        const struct confinement_part *part = &confinement_parts[i];
        if (required >= part->required && !confinement_holds(summary, part->word)) {
            bool is_seccomp = part->required == SCANNERCONF_SANDBOX_SECCOMP;
            return err_set(err,
                           "workers cannot be confined: no %s%s%s%s; RequireSandbox %s lets them "
                           "scan all the same",
                           part->word, is_seccomp && *why ? " (" : "", is_seccomp ? why : "",
                           is_seccomp && *why ? ")" : "", is_seccomp ? "none" : "seccomp");
        }
    }
    return 0;
}

void confinement_missing(const char *summary, void (*tell)(const char *line))
{
    char line[CONFINEMENT_LINE];

    for (size_t i = 0; i < sizeof confinement_parts / sizeof confinement_parts[0]; i++) {
        const struct confinement_part *part = &confinement_parts[i];
        if (confinement_holds(summary, part->word))
            continue;
        snprintf(line, sizeof line, "weaker confinement: no %s: %s", part->word, part->means);
        tell(line);
    }
}
