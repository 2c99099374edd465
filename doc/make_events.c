/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_events: prints the JSON schema of the events (--schema), or the tables of
 * doc/events.md (--tables). "make update-events" runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/eventdoc.h"

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--schema") == 0)
        eventdoc_schema(stdout);
    else if (argc == 2 && strcmp(argv[1], "--tables") == 0)
        eventdoc_tables(stdout);
    else
        return EXIT_FAILURE;
    return fclose(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
