/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/tinybody.h"

#include <clamav.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/layout.h"

#define TINYBODY_BYTES 5u /* libclamav 1.4 looks at more */
#define TINYBODY_ROOM  16u
#define TINYBODY_LEAST 3u /* bytes of a body signature, at least */

static struct {
    bool asked, proven, unused;
    unsigned bytes, more;
    uint64_t count;
    struct err err; /* why it is not proven */
} self;

enum tinybody_kind { TINYBODY_HASH, TINYBODY_PATTERN };

/* A file with one signature, for this body alone. Returns 0, or -1 and err. */
static int tinybody_write(const char *path, enum tinybody_kind kind, const char *body,
                          unsigned length, struct err *err)
{
    unsigned char digest[16];
    const unsigned char *bytes = kind == TINYBODY_HASH ? digest : (const unsigned char *)body;
    const unsigned count = kind == TINYBODY_HASH ? (unsigned)sizeof digest : length;
    unsigned digest_length = 0;
    FILE *file;

    if (kind == TINYBODY_HASH && !cl_hash_data("md5", body, length, digest, &digest_length))
        return err_set(err, "no digest of a tiny body");
    file = fopen(path, "we");
    if (!file)
        return err_sys(err, "%s", path);
    if (kind == TINYBODY_PATTERN)
        fputs("Tiny.Body:0:0:", file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "%02x", bytes[i]);
    if (kind == TINYBODY_HASH)
        fprintf(file, ":%u:Tiny.Hash", length);
    fputs("\n", file);
    return fclose(file) == 0 ? 0 : err_sys(err, "%s", path);
}

/* Whether an engine with the signatures of that file finds the body. Returns 0, or -1 and err. */
static int tinybody_scan(const char *path, const char *tmpdir, const char *body, unsigned length,
                         bool *found_r, struct err *err)
{
    struct cl_engine *engine = cl_engine_new();
    struct cl_scan_options options = {.general = CL_SCAN_GENERAL_ALLMATCHES};
    const char *name = NULL;
    unsigned signatures = 0;
    unsigned long blocks = 0;
    cl_fmap_t *map = NULL;
    int result = -1, code;

    if (!engine || cl_engine_set_str(engine, CL_ENGINE_TMPDIR, tmpdir) != CL_SUCCESS ||
        cl_engine_set_num(engine, CL_ENGINE_DISABLE_CACHE, 1) != CL_SUCCESS ||
        cl_load(path, engine, &signatures, 0) != CL_SUCCESS || signatures != 1 ||
        cl_engine_compile(engine) != CL_SUCCESS || !(map = cl_fmap_open_memory(body, length))) {
        err_set(err, "an engine for tiny bodies cannot be made");
        goto out;
    }
    code = cl_scanmap_callback(map, NULL, &name, &blocks, engine, &options, NULL);
    if (code != CL_CLEAN && code != CL_VIRUS) {
        err_set(err, "the scan of a tiny body: %s", cl_strerror(code));
        goto out;
    }
    *found_r = code == CL_VIRUS;
    result = 0;
out:
    if (map)
        cl_fmap_close(map);
    if (engine)
        cl_engine_free(engine);
    return result;
}

static int tinybody_one(const char *tmpdir, enum tinybody_kind kind, unsigned length, bool wanted,
                        struct err *err)
{
    static const char body[TINYBODY_ROOM] = "Tiny, or not so";
    char path[PATH_MAX];
    bool found = false;
    int result;

    snprintf(path, sizeof path, "%s/tiny-%ld.%s", tmpdir, (long)getpid(),
             kind == TINYBODY_HASH ? "hdb" : "ndb");
    result = tinybody_write(path, kind, body, length, err);
    if (result == 0)
        result = tinybody_scan(path, tmpdir, body, length, &found, err);
    unlink(path);
    if (result == 0 && found != wanted)
        result = err_set(err, "libclamav %s a body of %u bytes",
                         found ? "looks at" : "does not look at", length);
    return result;
}

/* Of tiny bodies nothing is found, and of one byte more all: the signatures are right. */
static int tinybody_show(const char *tmpdir, unsigned bytes, struct err *err)
{
    if (!layout_is_known())
        return err_set(err, "libclamav is %s", cl_retver());
    for (unsigned length = 1; length <= bytes + 1; length++)
        if (tinybody_one(tmpdir, TINYBODY_HASH, length, length > bytes, err) < 0 ||
            (length >= TINYBODY_LEAST &&
             tinybody_one(tmpdir, TINYBODY_PATTERN, length, length > bytes, err) < 0))
            return -1;
    return 0;
}

int tinybody_prove(const char *tmpdir, struct err *err)
{
    if (!self.asked) {
        self.asked = true;
        self.bytes = TINYBODY_BYTES + self.more;
        self.proven = tinybody_show(tmpdir, self.bytes, &self.err) == 0;
    }
    if (!self.proven)
        *err = self.err;
    return self.proven ? 0 : -1;
}

bool tinybody_is(size_t length)
{
    if (!self.proven || self.unused || length > self.bytes)
        return false;
    self.count++;
    return true;
}

uint64_t tinybody_count(void)
{
    return self.count;
}

void tinybody_use(bool use)
{
    self.unused = !use;
}

void tinybody_spoil(unsigned more)
{
    self.asked = self.proven = false;
    self.more = more;
}
