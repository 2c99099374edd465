/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout: the private structures of libclamav 1.4 that engine/untouched.c reads, as far as it
 * reads them.
 *
 * These are facts about a binary interface that libclamav does not promise. Nothing may rely on
 * them before layout_agrees() has said that the library in this process has them, and untouched.c
 * checks what it reads against libclamav's own functions before it is used.
 *
 * Threads: read-only.
 */
#ifndef EPOST_ENGINE_LAYOUT_H
#define EPOST_ENGINE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define LAYOUT_ROW     64 /* counters of one logical signature, as libclamav lays them out */
#define LAYOUT_NONE    0xfffffffeu /* "no offset" */
#define LAYOUT_TARGETS 15          /* kinds of content that signatures can be for */

/* What the matches of one scan are noted in. */
struct layout_acdata {
    uint32_t ***offmatrix;
    uint32_t partsigs, lsigs, reloffsigs;
    uint32_t **lsigcnt;
    uint32_t **last, **first;
    void **lsig_matches;
    uint8_t *yr_matches;
    uint32_t *offset;
    uint32_t macro_lastmatch[32];
    const void *vinfo;
    uint32_t min_partno;
};

enum layout_lsig_type { LAYOUT_LOGICAL, LAYOUT_YARA, LAYOUT_YARA_OFFSET };

/* A logical signature. */
struct layout_lsig {
    uint32_t id;
    unsigned bc_idx; /* not 0: belongs to a bytecode, which reads all counters of the row */
    uint32_t type;   /* enum layout_lsig_type */
    uint8_t flag;
    char *logic;
    char *virname;
    uint32_t *val, *range;
    char *str;
    uint32_t cnt[3];
    uint32_t subsigs;
};

/* A comparison of bytes that looks at another part's counter. */
struct layout_bytecompare {
    uint16_t ref_subsigid;
    uint32_t lsigid[3];
};

/* The signatures for one kind of content. */
struct layout_root {
    unsigned type;
    uint8_t *bm_shift;
    void **bm_suffix, **bm_pattab;
    uint32_t *soff, soff_len;
    uint32_t bm_offmode, bm_patterns, bm_reloff_num, bm_absoff_num;
    uint64_t hashes[3][4], wild_hashes[3][3];
    uint32_t partsigs, nodes, lists, patterns, lsigs;
    struct layout_lsig **lsigtable;
    void *ac_root, **nodetable, **listtable, **pattable, **reloff;
    uint32_t reloff_num, absoff_num;
    uint8_t mindepth, maxdepth;
    void *filter;
    uint16_t maxpatlen;
    uint8_t ac_only;
    uint32_t pcre_metas;
    void **pcre_metatable;
    uint32_t pcre_reloff_num, pcre_absoff_num;
    uint32_t bcomp_metas;
    struct layout_bytecompare **bcomp_metatable;
};

/* libclamav's own functions, past the ones of this program that stand in front of them. */
struct layout_calls {
    int (*initdata)(struct layout_acdata *data, uint32_t partsigs, uint32_t lsigs,
                    uint32_t reloffsigs, uint8_t tracklen);
    void (*freedata)(struct layout_acdata *data);
    int (*chklsig)(const char *expr, const char *end, uint32_t *lsigcnt, unsigned *cnt,
                   uint64_t *ids, unsigned parse_only);
    int (*buildtrie)(struct layout_root *root);
    void (*free)(struct layout_root *root);
};

/* The functions of the libclamav in this process; any that it does not have is NULL. */
const struct layout_calls *layout_calls(void);

/* 0 if the library is of a version whose structures are those above, has the functions, and
 * initialises exactly the bytes of struct layout_acdata; else -1 and err. */
int layout_agrees(struct err *err);

#endif
