/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/clam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clamfields.h"
#include "engine/clamint.h"
#include "engine/clamlog.h"
#include "engine/maps.h"
#include "common/text.h"

/* libclamav cannot look at larger objects. */
#define CLAM_FILE_MAX INT64_C(2147483645)

static int clam_init(struct err *err)
{
    static int ready;
    int code;

    if (ready)
        return 0;
    code = cl_init(CL_INIT_DEFAULT);
    if (code != CL_SUCCESS)
        return err_set(err, "libclamav does not start: %s", cl_strerror(code));
    clamlog_init();
    ready = 1;
    return 0;
}

struct clam_number {
    enum cl_engine_field field;
    int64_t value;
};

/* Limits below which libclamav would skip a part of its work without a word are raised to the
 * size of the largest object it gets at all. */
static int clam_configure(struct clam *clam, const struct scanner_settings *settings,
                          struct err *err)
{
    const int64_t file = (int64_t)clam->max_file_size;
    const struct clam_number numbers[] = {
        {CL_ENGINE_MAX_SCANSIZE, settings->max_scan_size},
        {CL_ENGINE_MAX_FILESIZE, file},
        {CL_ENGINE_MAX_FILES, settings->max_files},
        {CL_ENGINE_MAX_RECURSION, settings->max_recursion},
        {CL_ENGINE_MAX_SCANTIME, settings->max_scan_time},
        {CL_ENGINE_MAX_EMBEDDEDPE, file},
        {CL_ENGINE_MAX_HTMLNORMALIZE, file},
        {CL_ENGINE_MAX_HTMLNOTAGS, file},
        {CL_ENGINE_MAX_SCRIPTNORMALIZE, file},
        {CL_ENGINE_PCRE_MAX_FILESIZE, file},
        /* The cache of clean files is keyed by MD5, for which two files with one sum can be
         * made, and does not tell a raw scan from a full one. */
        {CL_ENGINE_DISABLE_CACHE, 1},
        CLAMFIELDS_NO_STATISTICS /* with its comma */
        {CL_ENGINE_KEEPTMP, 0},
    };
    size_t i;

    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int code = cl_engine_set_num(clam->engine, numbers[i].field, numbers[i].value);

        if (code != CL_SUCCESS)
            return err_set(err, "libclamav refuses a setting (%d = %lld): %s",
                           (int)numbers[i].field, (long long)numbers[i].value, cl_strerror(code));
    }
    return 0;
}

static void clam_set_options(struct clam *clam, const struct scanner_settings *settings,
                             int fuzzy_img)
{
    struct cl_scan_options *options = &clam->options;

    memset(options, 0, sizeof *options);
    /* All matches: otherwise libclamav reports one of several heuristic alerts, by chance, and
     * "encrypted" could hide a threat. clamscan.c ends the scan at the first real threat, unless
     * all are asked for. */
    options->general = CL_SCAN_GENERAL_ALLMATCHES | CL_SCAN_GENERAL_HEURISTICS;
    options->parse = ~(uint32_t)0;
    if (!fuzzy_img)
        options->parse &= ~(uint32_t)CL_SCAN_PARSE_IMAGE_FUZZY_HASH;
    options->heuristic = CL_SCAN_HEURISTIC_EXCEEDS_MAX | CL_SCAN_HEURISTIC_ENCRYPTED_ARCHIVE |
                         CL_SCAN_HEURISTIC_ENCRYPTED_DOC;
    if (settings->detect_broken)
        options->heuristic |= CL_SCAN_HEURISTIC_BROKEN;
    if (settings->detect_macros)
        options->heuristic |= CL_SCAN_HEURISTIC_MACROS;
    if (settings->detect_phishing && settings->detect_phishing_ssl)
        options->heuristic |= CL_SCAN_HEURISTIC_PHISHING_SSL_MISMATCH;
    if (settings->detect_phishing && settings->detect_phishing_cloak)
        options->heuristic |= CL_SCAN_HEURISTIC_PHISHING_CLOAK;
}

static unsigned clam_db_options(const struct scanner_settings *settings)
{
    unsigned options = 0;

    if (settings->detect_phishing)
        options |= CL_DB_PHISHING | CL_DB_PHISHING_URLS;
    if (settings->detect_pua)
        options |= CL_DB_PUA;
    if (settings->bytecode)
        options |= CL_DB_BYTECODE;
    return options;
}

/* Loads the directory and compiles; libclamav's messages name the file and line. */
static int clam_fill(struct clam *clam, const char *directory, const char *tmpdir,
                     const struct scanner_settings *settings, struct clam_info *info,
                     struct err *err)
{
    unsigned signatures = 0;
    const char *words, *what = "loading";
    int code;

    shortcuts_before_load(clam->engine, clam->shortcuts, tmpdir);
    clamlog_begin();
    code = cl_load(directory, clam->engine, &signatures, clam_db_options(settings));
    if (code == CL_SUCCESS) {
        what = "compiling";
        code = cl_engine_compile(clam->engine);
    }
    words = clamlog_end();
    if (code != CL_SUCCESS)
        return err_set(err, "%s %s: %s%s%s%s", what, directory, cl_strerror(code),
                       words[0] ? " (" : "", words, words[0] ? ")" : "");
    if (signatures == 0)
        return err_set(err, "loading %s: not one signature in it", directory);
    info->shortcuts_on = shortcuts_after_compile(clam->shortcuts, info->shortcuts);
    info->signatures = signatures;
    text_copy(info->words, sizeof info->words, words, strlen(words));
    return 0;
}

struct clam *clam_load(const char *directory, const char *tmpdir,
                       const struct scanner_settings *settings, struct clam_info *info,
                       struct err *err)
{
    struct clam *clam = NULL;

    memset(info, 0, sizeof *info);
    if (clam_init(err) != 0)
        return NULL;
    clam = calloc(1, sizeof *clam);
    if (clam == NULL || (clam->engine = cl_engine_new()) == NULL) {
        err_set(err, "no memory for an engine");
        goto fail;
    }
    clam->max_file_size =
        (uint64_t)(settings->max_file_size < CLAM_FILE_MAX ? settings->max_file_size
                                                           : CLAM_FILE_MAX);
    clam->max_scan_time = (uint32_t)settings->max_scan_time;
    if (shortcuts_parse(settings->shortcuts, &clam->shortcuts, err) < 0)
        goto fail;
    if (clam_configure(clam, settings, err) != 0 || clam_set_tmpdir(clam, tmpdir, err) != 0)
        goto fail;
    clam_set_budget(clam, &(struct clam_budget){.bytes = (uint64_t)settings->max_scan_size,
                                                .files = (uint64_t)settings->max_files,
                                                .depth = (uint32_t)settings->max_recursion,
                                                .ms = clam->max_scan_time});
    clamscan_prepare(clam);
    maps_prepare();
    clamsigs_versions(directory, info);
    info->uses_fuzzy_img = clamsigs_uses_fuzzy_img(directory);
    clam_set_options(clam, settings, info->uses_fuzzy_img);
    if (clam_fill(clam, directory, tmpdir, settings, info, err) != 0)
        goto fail;
    return clam;
fail:
    clam_free(&clam);
    return NULL;
}

void clam_before_fork(struct clam *clam, struct clam_info *info)
{
    info->shortcuts_on |= shortcuts_before_fork(clam->shortcuts, info->shortcuts);
}

uint64_t clam_seen(const struct clam *clam)
{
    return clam->seen;
}

unsigned clam_shortcuts(const struct clam *clam)
{
    return clam->shortcuts;
}

int clam_set_tmpdir(struct clam *clam, const char *tmpdir, struct err *err)
{
    int code = cl_engine_set_str(clam->engine, CL_ENGINE_TMPDIR, tmpdir);

    if (code != CL_SUCCESS)
        return err_set(err, "temporary directory %s: %s", tmpdir, cl_strerror(code));
    return 0;
}

void clam_set_budget(struct clam *clam, const struct clam_budget *budget)
{
    clam->budget = *budget;
    /* Zero means "no limit" to libclamav. */
    cl_engine_set_num(clam->engine, CL_ENGINE_MAX_SCANSIZE,
                      budget->bytes ? (long long)budget->bytes : 1);
    cl_engine_set_num(clam->engine, CL_ENGINE_MAX_FILES,
                      budget->files ? (long long)budget->files : 1);
    cl_engine_set_num(clam->engine, CL_ENGINE_MAX_RECURSION, budget->depth ? budget->depth : 1);
    cl_engine_set_num(clam->engine, CL_ENGINE_MAX_SCANTIME, budget->ms ? budget->ms : 1);
}

void clam_set_visitor(struct clam *clam, const struct clam_visitor *visitor)
{
    clam->visitor = visitor;
}

void clam_free(struct clam **clam)
{
    if (*clam == NULL)
        return;
    if ((*clam)->engine != NULL)
        cl_engine_free((*clam)->engine);
    free(*clam);
    *clam = NULL;
}

const char *clam_version(void)
{
    return cl_retver();
}
