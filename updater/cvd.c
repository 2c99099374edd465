/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/cvd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A field that is a number and nothing else. Returns 0, or -1. */
static int cvd_field_number(const char *field, uint64_t *value_r)
{
    size_t digits = field ? strspn(field, "0123456789") : 0;

    if (digits == 0 || digits > 18 || field[digits] != '\0')
        return -1;
    *value_r = strtoull(field, NULL, 10);
    return 0;
}

int cvd_parse(struct cvd *cvd, const void *header, size_t length)
{
    static const char magic[] = "ClamAV-VDB:";
    char text[CVD_HEADER + 1], *rest, *fields[9] = {NULL};
    uint64_t built;

    memset(cvd, 0, sizeof *cvd);
    if (length < CVD_HEADER || memcmp(header, magic, sizeof magic - 1) != 0)
        return -1;
    memcpy(text, header, CVD_HEADER);
    text[CVD_HEADER] = '\0';
    text[strcspn(text, "\n")] = '\0';
    for (size_t n = CVD_HEADER; n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\0'); n--)
        text[n - 1] = '\0';

    rest = text;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        fields[i] = rest ? strsep(&rest, ":") : NULL;
    /* magic, build time for people, version, signatures, level, digest, signature, builder, time */
    if (cvd_field_number(fields[2], &cvd->version) < 0 ||
        cvd_field_number(fields[3], &cvd->signatures) < 0 || cvd->version == 0)
        return -1;
    if (cvd_field_number(fields[8], &built) == 0)
        cvd->built = (int64_t)built;
    return 0;
}

int cvd_read(struct cvd *cvd, const char *path)
{
    char header[CVD_HEADER];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    memset(cvd, 0, sizeof *cvd);
    if (fd < 0)
        return -1;
    ssize_t n = pread(fd, header, sizeof header, 0);
    close(fd);
    return n < 0 ? -1 : cvd_parse(cvd, header, (size_t)n);
}

uint64_t cvd_version(const char *path)
{
    struct cvd cvd;

    return cvd_read(&cvd, path) == 0 ? cvd.version : 0;
}
