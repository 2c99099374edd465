/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/arguments.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/text.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define REMEMBERED 32 /* unknown arguments told about; more than that are not worth a line */

/* Tells once in a process, and never more than REMEMBERED things. */
static void arguments_complain_once(const char *argument, const char *what)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static char told[REMEMBERED][MAX_SERVICE_ARGS + 1];
    static unsigned count;
    struct buf text;
    int fresh = 1;

    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(told[i], argument) == 0)
            fresh = 0;
    fresh = fresh && count < REMEMBERED && strlen(argument) < sizeof told[0];
    if (fresh)
        text_fit(told[count++], sizeof told[0], argument);
    pthread_mutex_unlock(&mutex);
    if (!fresh)
        return;
    buf_init(&text, 2048);
    text_log(&text, argument, strlen(argument));
    ci_debug_printf(1, "epost_av: service argument %s: %s\n", buf_text(&text), what);
    buf_free(&text);
}

static void arguments_take(char *argument, struct transaction_arguments *arguments)
{
    static const char *const accepted[] = {"allow204", "force", "sizelimit", "mode"};
    char whole[MAX_SERVICE_ARGS + 1];
    char *value = strchr(argument, '=');

    text_fit(whole, sizeof whole, argument);
    if (value)
        *value++ = '\0';
    if (strcasecmp(argument, "profile") == 0) {
        const struct policy *policy = policy_find(&state_settings.policies, value ? value : "");
        if (!policy)
            arguments_complain_once(whole, "there is no such profile; strict holds");
        arguments->policy = policy ? policy : policy_find(&state_settings.policies, "strict");
        return;
    }
    if (strcasecmp(argument, "allow204") == 0)
        arguments->never_204 = value && strcasecmp(value, "off") == 0;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
        if (strcasecmp(argument, accepted[i]) == 0)
            return;
    arguments_complain_once(whole, "not known, ignored");
}

void arguments_read(const char *text, struct transaction_arguments *arguments)
{
    char copy[MAX_SERVICE_ARGS + 1];
    char *rest = NULL;

    arguments->policy = policy_find(&state_settings.policies, state_settings.profile);
    arguments->never_204 = 0;
    strncpy(copy, text, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    for (char *argument = strtok_r(copy, "&", &rest); argument;
         argument = strtok_r(NULL, "&", &rest))
        arguments_take(argument, arguments);
}
