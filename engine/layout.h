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

/* The place where the matches of one scan are noted. */
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
    const uint32_t *target;
    const void *conditions[5]; /* of engine, sections, entry point, size, container */
    const uint32_t *handler;   /* not NULL: the layer is scanned as another type */
    const void *layers;
    const char *icons[2];
    uint32_t *macro_ptids; /* not NULL: counts change while it is evaluated */
};

/* A comparison of bytes that looks at another part's counter. */
struct layout_bytecompare {
    uint16_t ref_subsigid;
    uint32_t lsigid[3];
};

/* Of a token of a pattern: what it is (none of them: this very byte), and the byte. */
#define LAYOUT_TOKEN_KIND  0x0f00
#define LAYOUT_TOKEN_ANY   0x0100
#define LAYOUT_TOKEN_PLACE 0x0200 /* one of special_table[] stands here */
#define LAYOUT_TOKEN_HIGH  0x0300 /* the upper four bits count */
#define LAYOUT_TOKEN_LOW   0x0400 /* the lower four bits count */
#define LAYOUT_TOKEN_CASE  0x1000 /* either case; the byte is the lower one */

/* The places at which a pattern may stand. */
enum layout_offset {
    LAYOUT_OFFSET_ABSOLUTE = 1,
    LAYOUT_OFFSET_VERSION = 7,
    LAYOUT_OFFSET_MACRO = 8
};
#define LAYOUT_OFFSET_ANYWHERE 0xffffffffu

/* Of `boundary`: conditions on what stands behind the end, and, the next bit of each, that one is
 * negated. In buffers longer than LAYOUT_RIGHT_MAX none is met, and each that is negated is. */
#define LAYOUT_RIGHT_SIDE (0x0004 | 0x0040 | 0x0400)
#define LAYOUT_RIGHT_MAX  131072

#define LAYOUT_DEPTH_MAX 3 /* of the trie */
#define LAYOUT_TRACKED                                                                             \
    9 /* places of a part that are kept: a row of offmatrix, from its second number */

/* Of cl_error_t and cli_file_t, which share the result of a search. */
enum layout_type {
    LAYOUT_TYPE_ANY = 0,
    LAYOUT_TYPE_FIRST = 500,
    LAYOUT_TYPE_MSEXE = 506,
    LAYOUT_TYPE_MBR = 559,
    LAYOUT_TYPE_SFX = 562,
    LAYOUT_TYPE_IGNORED = 586
};

/* One of several things that may stand at a place of a pattern. */
struct layout_place {
    union {
        uint8_t *bytes;
        uint8_t **strings;
        struct layout_choice *choices;
    } alt;
    uint16_t length[2], count;
    uint16_t type, negative;
};

enum layout_place_type {
    LAYOUT_PLACE_BYTE = 1,
    LAYOUT_PLACE_STRING,
    LAYOUT_PLACE_CHOICE,
    LAYOUT_PLACE_LINE,
    LAYOUT_PLACE_BOUNDARY,
    LAYOUT_PLACE_WORD
};

struct layout_choice {
    uint16_t *tokens;
    uint16_t length;
    uint8_t unique;
    struct layout_choice *next;
};

/* A pattern: its first `depth` tokens are the bytes by which the trie finds it; what stands in
 * front of them is the prefix, in the same array. Lengths: of tokens, of the shortest and of the
 * longest match. */
struct layout_patt {
    uint16_t *pattern, *prefix, length[3], prefix_length[3];
    uint32_t mindist, maxdist;
    uint32_t sigid;
    uint32_t lsigid[3];
    uint16_t ch[2]; /* a byte some way in front or behind */
    char *virname;
    void *customdata;
    uint16_t ch_mindist[2];
    uint16_t ch_maxdist[2];
    uint16_t parts, partno, special, special_pattern;
    struct layout_place **special_table;
    uint16_t rtype, type;
    uint32_t offdata[4], offset_min, offset_max;
    uint32_t boundary;
    uint8_t depth;
    uint8_t options;
};
#define LAYOUT_OPTION_NOCASE 0x01

/* A pattern at a node, and the ones that differ from it in no byte. */
struct layout_list {
    struct layout_patt *me;
    struct layout_list *next, *next_same;
};

struct layout_node {
    struct layout_list *list;
    struct layout_node **trans, *fail;
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
    struct layout_node *ac_root, **nodetable;
    struct layout_list **listtable;
    struct layout_patt **pattable, **reloff;
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
    int (*scanbuff)(const unsigned char *buffer, uint32_t length, const char **virname,
                    void **customdata, void **results, const struct layout_root *root,
                    struct layout_acdata *data, uint32_t offset, int type, void **offsets,
                    unsigned mode, void *ctx);
    int (*pcre_scanbuf)(const unsigned char *buffer, uint32_t length, const char **virname,
                        void **results, const struct layout_root *root, struct layout_acdata *data,
                        const void *offsets, void *ctx);
};
#define LAYOUT_SEARCH_SIGNATURES 1 /* bits of `mode` */
#define LAYOUT_SEARCH_TYPES      2

/* The functions of the libclamav in this process; any that it does not have is NULL. */
const struct layout_calls *layout_calls(void);

/* Whether the library is of a version whose structures and functions are those above. */
bool layout_is_known(void);

/* 0 if the library is of a version whose structures are those above, has the functions, and
 * initialises exactly the bytes of struct layout_acdata; else -1 and err. */
EPOST_MUST_CHECK int layout_agrees(struct err *err);

#endif
