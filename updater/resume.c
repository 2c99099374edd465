/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/resume.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "updater/mirror.h"
#include "updater/state.h"

void resume_read(const char *part, const char *base, char etag[FETCH_TAG_MAX])
{
    char path[STATE_PATH_MAX + 8], line[MIRROR_URL_MAX + FETCH_TAG_MAX];

    etag[0] = '\0';
    snprintf(path, sizeof path, "%s.tag", part);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(line, sizeof line, file)) {
        char *tag = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        /* Weak validators ("W/…") do not go with If-Range; another server's mean nothing. */
        if (tag && (size_t)(tag - line) == strlen(base) && strncmp(line, base, strlen(base)) == 0 &&
            tag[1] == '"')
            snprintf(etag, FETCH_TAG_MAX, "%.255s", tag + 1);
    }
    fclose(file);
}

void resume_write(const char *part, const char *base, const char *etag)
{
    char path[STATE_PATH_MAX + 8];

    snprintf(path, sizeof path, "%s.tag", part);
    FILE *file = *etag ? fopen(path, "we") : NULL;
    if (!file) {
        unlink(path);
        return;
    }
    fprintf(file, "%s %s\n", base, etag);
    fclose(file);
}
