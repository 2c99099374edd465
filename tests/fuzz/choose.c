/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choose: the fuzz targets of one area are one program; the name by which it is
 * called (fuzz_NAME) says which of them runs. TARGETS is a list of TARGET(name). What
 * takes time once is done in a target's function fuzz_NAME_start, if it has one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET(name)                                                                               \
    int fuzz_##name##_run(const uint8_t *data, size_t size);                                       \
    __attribute__((weak)) void fuzz_##name##_start(void);
TARGETS
#undef TARGET

static const struct choose_target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
    void (*start)(void); /* or NULL */
} choose_targets[] = {
#define TARGET(name) {#name, fuzz_##name##_run, fuzz_##name##_start},
    TARGETS
#undef TARGET
};

static const struct choose_target *choose_target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *called = strrchr((*argv)[0], '_');

    (void)argc;
    for (size_t i = 0; called && i < sizeof choose_targets / sizeof choose_targets[0]; i++)
        if (strcmp(called + 1, choose_targets[i].name) == 0)
            choose_target = &choose_targets[i];
    if (!choose_target) {
        fprintf(stderr, "%s: no fuzz target of that name\n", (*argv)[0]);
        exit(2);
    }
    if (choose_target->start)
        choose_target->start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return choose_target->run(data, size);
}
