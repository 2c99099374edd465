/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/deed.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "common/client.h"
#include "common/eventsend.h"
#include "common/eventtext.h"

bool deed_can_be_told(const struct conf *conf)
{
    return client_reaches(conf->events);
}

void deed_begin(struct event *deed, enum event_kind kind, const struct conf *conf,
                const struct event *about)
{
    static const enum event_field same[] = {
        EVENT_FIELD_ID,     EVENT_FIELD_CLIENT,     EVENT_FIELD_USER,
        EVENT_FIELD_HOST,   EVENT_FIELD_NAME,       EVENT_FIELD_SHA256,
        EVENT_FIELD_SENDER, EVENT_FIELD_MESSAGE_ID, EVENT_FIELD_THREAT};
    static char who[80];
    const struct passwd *user = getpwuid(getuid());

    if (user)
        snprintf(who, sizeof who, "by %s", user->pw_name);
    else
        snprintf(who, sizeof who, "by user %lu", (unsigned long)getuid());
    event_init(deed, kind, event_now());
    event_set_text(deed, EVENT_FIELD_NODE, conf->node);
    event_set_text(deed, EVENT_FIELD_DETAIL, who);
    for (size_t i = 0; about && i < sizeof same / sizeof same[0]; i++)
        deed->values[same[i]] = about->values[same[i]];
}

int deed_tell(const struct conf *conf, const struct event *deed)
{
    struct eventsend *sender = eventsend_new(conf->events);
    struct buf line;
    int status = sender ? eventsend_send(sender, deed) : -1;

    buf_init(&line, EVENTTEXT_MAX);
    openlog("epost-av", LOG_PID, LOG_AUTHPRIV);
    if (eventtext_add(&line, deed, EVENTTEXT_KEYVALUE) == 0)
        syslog(LOG_NOTICE, "%s", buf_text(&line));
    buf_free(&line);
    eventsend_free(&sender);
    return status;
}
