/* file.h - files as the server needs them: whole, atomic, durable, under a folder. */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Reads a whole file. E_NOT_FOUND, E_DENIED, E_LIMIT (longer than out's maximum), E_IO; every
   sentence names the path. */
err_t file_read(const char *path, struct buf *out, struct err *e) MUST_CHECK;

/* Writes beside and renames over, so that readers see the old or the new whole. `durable` syncs the
   file and its folder. E_FULL when the disk is. */
err_t file_write(const char *path, struct str data, unsigned mode, bool durable,
                 struct err *e) MUST_CHECK;

err_t folder_make(const char *path, unsigned mode, struct err *e) MUST_CHECK; /* with its parents */
err_t folder_remove(const char *path, struct err *e) MUST_CHECK; /* a whole tree; follows no link;
                                                                    an absent one is fine */
/* The names in a folder, sorted, without dot files; `each` false stops. */
typedef bool folder_each(void *arg, const char *name, bool is_folder);
err_t folder_list(const char *path, folder_each *each, void *arg, struct err *e) MUST_CHECK;

int64_t disk_free(const char *path); /* bytes a user may still write; -1 unknown */

/* Takes the lock of a folder for this process's life; E_CONFLICT names the holder's pid. */
err_t folder_lock(const char *path, int *ret_fd, struct err *e) MUST_CHECK;

#endif
