/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/page.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "common/text.h"

#define PAGE_LANGUAGES_MAX 32
#define PAGE_TAG_MAX       16
#define PAGE_TEXTS_MAX     128

struct text {
    const char *name, *value; /* into the language's texts */
};

struct language {
    char tag[PAGE_TAG_MAX];
    char policy[PAGE_CSP_MAX];
    char *html;
    char *texts;
    struct text text[PAGE_TEXTS_MAX];
    unsigned count;
};

struct page_set {
    unsigned count, fallback;
    struct language language[PAGE_LANGUAGES_MAX];
};

static const char *const variable_names[PAGE_VARIABLES] = {
    [PAGE_TITLE] = "title",   [PAGE_SENTENCE] = "sentence",
    [PAGE_ADVICE] = "advice", [PAGE_REASON] = "reason",
    [PAGE_THREAT] = "threat", [PAGE_PART] = "part",
    [PAGE_URL] = "url",       [PAGE_ID] = "id",
    [PAGE_TIME] = "time",     [PAGE_CONTACT] = "contact",
    [PAGE_CLIENT] = "client", [PAGE_USER] = "user",
    [PAGE_SERVER] = "server",
};

static const char builtin_html[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{{title}}</title>"
    "</head>\n<body>\n<h1>{{title}}</h1>\n<p>{{sentence}}</p>\n<dl>\n"
    "{{#threat}}<dt>Threat</dt><dd>{{threat}}</dd>\n{{/threat}}"
    "<dt>Reason</dt><dd>{{reason}}</dd>\n"
    "{{#url}}<dt>Address</dt><dd>{{url}}</dd>\n{{/url}}"
    "<dt>Request</dt><dd>{{id}}, {{time}}</dd>\n</dl>\n"
    "{{#contact}}<p>Questions: {{contact}}</p>\n{{/contact}}"
    "</body>\n</html>\n";

static const char builtin_texts[] =
    "infected.title = Blocked: a threat was found\n"
    "infected.sentence = This content was not delivered because it contains a threat.\n"
    "listed.title = Blocked by your administrator\n"
    "listed.sentence = This content was not delivered because your administrator has blocked it.\n"
    "unscannable.title = Blocked: this content could not be checked\n"
    "unscannable.sentence = This content was not delivered because it could not be checked for "
    "threats.\n";

/* ------------------------------------------------------------------ templates */

/* Takes "{{…}}" at *at apart: the name, '#', '/' or ' ' for its kind. Returns
 * the variable, or -1; *at is moved behind it. */
static int page_next_tag(const char **at, char *kind_r)
{
    const char *name = *at + 2;
    const char *end = strstr(name, "}}");

    if (!end)
        return -1;
    *at = end + 2;
    *kind_r = *name == '#' || *name == '/' ? *name++ : ' ';
    for (int v = 0; v < PAGE_VARIABLES; v++)
        if (strlen(variable_names[v]) == (size_t)(end - name) &&
            memcmp(variable_names[v], name, (size_t)(end - name)) == 0)
            return v;
    return -1;
}

static unsigned page_line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static int page_check_template(const char *html, const char *path, struct err *err)
{
    int open = -1;

    for (const char *at = html; (at = strstr(at, "{{"));) {
        const char *tag = at;
        char kind;
        int variable = page_next_tag(&at, &kind);
        if (variable < 0)
            return err_set(err, "%s:%u: there is no variable \"%.*s\"", path,
                           page_line_of(html, tag), (int)strcspn(tag, "\n}"), tag);
        if ((kind == '#' && open >= 0) || (kind == '/' && open != variable))
            return err_set(err, "%s:%u: {{%c%s}} does not fit what is open", path,
                           page_line_of(html, tag), kind, variable_names[variable]);
        if (kind == '#')
            open = variable;
        else if (kind == '/')
            open = -1;
    }
    if (open >= 0)
        return err_set(err, "%s: {{#%s}} is never closed", path, variable_names[open]);
    return 0;
}

/* Only the template's own style, by its hash; no scripts, nothing from outside. */
static void page_make_policy(struct language *language)
{
    unsigned char sum[32], encoded[48];
    const char *style = strstr(language->html, "<style>");
    const char *end = style ? strstr(style, "</style>") : NULL;

    if (end && EVP_Digest(style + 7, (size_t)(end - style - 7), sum, NULL, EVP_sha256(), NULL)) {
        EVP_EncodeBlock(encoded, sum, sizeof sum);
        snprintf(language->policy, sizeof language->policy,
                 "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
                 (const char *)encoded);
    } else {
        snprintf(language->policy, sizeof language->policy,
                 "default-src 'none'; base-uri 'none'; form-action 'none'");
    }
}

static char *page_trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

static int page_parse_texts(struct language *language, const char *path, struct err *err)
{
    char *rest = language->texts;

    for (char *line; (line = strsep(&rest, "\n"));) {
        line = page_trim(line);
        if (!*line || *line == '#')
            continue;
        char *value = strchr(line, '=');
        if (!value || language->count == PAGE_TEXTS_MAX)
            return err_set(err, "%s: \"%.60s\" is no line \"name = text\", or there are too many",
                           path, line);
        *value++ = '\0';
        language->text[language->count].name = page_trim(line);
        language->text[language->count++].value = page_trim(value);
    }
    return 0;
}

static char *page_read_file(const char *path, struct err *err)
{
    char *data = malloc(PAGE_TEMPLATE_MAX + 1);
    FILE *file = data ? fopen(path, "re") : NULL;

    if (!file) {
        err_sys(err, "cannot read the template %s", path);
        free(data);
        return NULL;
    }
    size_t length = fread(data, 1, PAGE_TEMPLATE_MAX + 1, file);
    int bad = ferror(file) || length > PAGE_TEMPLATE_MAX || memchr(data, '\0', length);
    fclose(file);
    if (bad) {
        err_set(err, "the template %s is larger than %u bytes or no text", path, PAGE_TEMPLATE_MAX);
        free(data);
        return NULL;
    }
    data[length] = '\0';
    return data;
}

static int page_load_language(struct page_set *set, const char *directory, const char *tag,
                              struct err *err)
{
    char path[512];
    struct language *language = &set->language[set->count];

    if (set->count == PAGE_LANGUAGES_MAX || strlen(tag) >= PAGE_TAG_MAX)
        return err_set(err, "%s: too many languages, or the name %.40s is too long", directory,
                       tag);
    set->count++;
    text_fit(language->tag, sizeof language->tag, tag);
    snprintf(path, sizeof path, "%s/%s/texts", directory, tag);
    language->texts = page_read_file(path, err);
    if (!language->texts || page_parse_texts(language, path, err) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/%s/blocked.html", directory, tag);
    language->html = page_read_file(path, err);
    if (!language->html || page_check_template(language->html, path, err) < 0)
        return -1;
    page_make_policy(language);
    return 0;
}

static int page_load_directory(struct page_set *set, const char *directory, struct err *err)
{
    int result = -1;
    DIR *dir = opendir(directory);

    if (!dir)
        return err_sys(err, "cannot open the directory of templates %s", directory);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && page_load_language(set, directory, entry->d_name, err) < 0)
            goto out;
    if (set->count == 0) {
        err_set(err, "there are no templates in %s", directory);
        goto out;
    }
    result = 0;
out:
    closedir(dir);
    return result;
}

static int page_load_builtin(struct page_set *set, struct err *err)
{
    struct language *language = &set->language[0];

    set->count = 1;
    text_fit(language->tag, sizeof language->tag, "en");
    language->html = strdup(builtin_html);
    language->texts = strdup(builtin_texts);
    if (!language->html || !language->texts)
        return err_set(err, "out of memory");
    page_make_policy(language);
    return page_parse_texts(language, "built-in", err);
}

struct page_set *page_load(const char *directory, const char *fallback, struct err *err)
{
    struct page_set *set = calloc(1, sizeof *set);

    if (!set) {
        err_set(err, "out of memory");
        return NULL;
    }
    if ((*directory ? page_load_directory(set, directory, err) : page_load_builtin(set, err)) < 0) {
        page_free(&set);
        return NULL;
    }
    for (unsigned i = 0; i < set->count; i++)
        if (strcasecmp(set->language[i].tag, fallback) == 0)
            set->fallback = i;
    return set;
}

void page_free(struct page_set **set)
{
    if (!*set)
        return;
    for (unsigned i = 0; i < (*set)->count; i++) {
        free((*set)->language[i].html);
        free((*set)->language[i].texts);
    }
    free(*set);
    *set = NULL;
}

/* ------------------------------------------------------------------ rendering */

/* 1 if the language range ("ja-JP", of `length`) asks for the tag. */
static int page_range_asks(const char *range, size_t length, const char *tag)
{
    size_t tagged = strlen(tag);

    return length >= tagged && strncasecmp(range, tag, tagged) == 0 &&
           (length == tagged || range[tagged] == '-');
}

static const struct language *page_choose(const struct page_set *set, const char *accept)
{
    const struct language *best = &set->language[set->fallback];
    double best_quality = 0;

    while (accept && *accept) {
        accept += strspn(accept, ", \t");
        size_t item = strcspn(accept, ",");
        size_t range = strcspn(accept, ",; \t");
        const char *weight = memchr(accept, '=', item);
        double quality = weight ? strtod(weight + 1, NULL) : 1;
        for (unsigned i = 0; i < set->count && quality > best_quality; i++)
            if (page_range_asks(accept, range, set->language[i].tag)) {
                best = &set->language[i];
                best_quality = quality;
            }
        accept += item;
    }
    return best;
}

static const char *page_find_text(const struct language *language, const char *group,
                                  const char *name, const char *otherwise)
{
    char full[64];

    snprintf(full, sizeof full, "%s.%s", group, name);
    for (unsigned i = 0; i < language->count; i++)
        if (strcmp(language->text[i].name, full) == 0)
            return language->text[i].value;
    return otherwise;
}

static int page_fill(const char *html, const struct page_values *values, struct buf *out)
{
    int hidden = 0;

    for (;;) {
        const char *tag = strstr(html, "{{");
        char kind;
        if (!hidden && buf_add(out, html, tag ? (size_t)(tag - html) : strlen(html)) < 0)
            return -1;
        if (!tag)
            return 0;
        int variable = page_next_tag(&tag, &kind);
        html = tag;
        const char *value = variable >= 0 && values->value[variable] ? values->value[variable] : "";
        if (kind == '#')
            hidden = *value == '\0';
        else if (kind == '/')
            hidden = 0;
        else if (!hidden && text_html(out, value, strlen(value)) < 0)
            return -1;
    }
}

int page_render(const struct page_set *set, const char *accept_language, enum verdict verdict,
                enum reason reason, const struct page_values *values, struct buf *out,
                const char **language_r, const char **policy_r)
{
    const struct language *language = page_choose(set, accept_language);
    struct page_values all = *values;
    const char *group = verdict == VERDICT_INFECTED ? "infected" : "unscannable";

    if (reason == REASON_BLOCK_LISTED)
        group = "listed";
    all.value[PAGE_TITLE] = page_find_text(language, group, "title", "Blocked");
    all.value[PAGE_SENTENCE] = page_find_text(language, group, "sentence", "");
    all.value[PAGE_ADVICE] = page_find_text(language, group, "advice", "");
    all.value[PAGE_REASON] =
        page_find_text(language, "reason", reason_name(reason), reason_text(reason));
    *language_r = language->tag;
    *policy_r = language->policy;
    return page_fill(language->html, &all, out);
}
