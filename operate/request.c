/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/request.h"

#include <string.h>

int request_add(struct request *request, const char *name, const char *value)
{
    struct request_argument *argument = &request->argument[request->arguments];

    if (request->arguments == REQUEST_ARGUMENTS || strlen(name) >= sizeof argument->name ||
        strlen(value) >= sizeof argument->value)
        return -1;
    memcpy(argument->name, name, strlen(name) + 1);
    memcpy(argument->value, value, strlen(value) + 1);
    request->arguments++;
    return 0;
}

const char *request_value(const struct request *request, const char *name)
{
    for (unsigned i = 0; i < request->arguments; i++)
        if (strcmp(request->argument[i].name, name) == 0)
            return request->argument[i].value;
    return "";
}
