/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ziprecords: the sizes of a ZIP's records, and what is a reasonable number of them.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPRECORDS_H
#define EPOST_INSPECT_FORMATS_ZIPRECORDS_H

#define ZIP_LOCAL_SIZE   30u /* bytes of a member's own header without its name */
#define ZIP_ENTRY_SIZE   46u /* of the directory's entry for it */
#define ZIP_END_SIZE     22u /* of the end record without its comment */
#define ZIP_LOCATOR_SIZE 20u /* of what leads to the end record of zip64 */
#define ZIP_END64_SIZE   56u
#define ZIP_END_REACH    (ZIP_END_SIZE + 65535u) /* the end record lies in so many last bytes */
#define ZIP_RECORDS_MAX  200000u                 /* records of an archive that are looked at */

#endif
