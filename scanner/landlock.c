/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/landlock.h"

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITES                                                                                     \
    (READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                       \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
/* All that the first version of Landlock knows: LANDLOCK_ACCESS_FS_EXECUTE up to MAKE_SYM. */
#define HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

int landlock_abi(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

    return abi > 0 ? (int)abi : 0;
}

static int landlock_allow(int ruleset, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access};

    rule.parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return -1;
    long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return result < 0 ? -1 : 0;
}

int landlock_enter(int abi, const char *writable, const char *readable, struct err *err)
{
    struct landlock_ruleset_attr attributes = {.handled_access_fs = HANDLED};
    int result = -1;

    if (abi == 0)
        return 0;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes,
                               sizeof attributes.handled_access_fs, 0);
    if (ruleset < 0)
        return err_sys(err, "cannot make a Landlock rule set");
    if (landlock_allow(ruleset, writable, WRITES) < 0)
        err_sys(err, "Landlock refuses the directory %s", writable);
    else if (readable[0] &&
             landlock_allow(ruleset, readable, READS | LANDLOCK_ACCESS_FS_EXECUTE) < 0)
        err_sys(err, "Landlock refuses the directory %s", readable);
    else if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        err_sys(err, "Landlock refuses to begin");
    else
        result = 0;
    close(ruleset);
    return result;
}
