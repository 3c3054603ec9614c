/* The file that a log of decisions is written to. One thread at a time. */
#ifndef ROUTER_DECISION_LOG_FILE_H
#define ROUTER_DECISION_LOG_FILE_H

#include "common/base/slice.h"

struct decision_file;

/* Made if it is not there, for its owner alone to read; plain files only.
 * What is there already stays, and a line that was not finished is ended.
 * NULL with `err` on failure. */
struct decision_file *decision_file_open(const char *path, struct error *err);
void decision_file_close(struct decision_file **f); /* NULL is allowed */

/* Begins a new file if another is found by its name, or none. */
void decision_file_look(struct decision_file *f);
/* Whole lines; looks for another file from time to time. Returns how many
 * lines were lost; why is logged when it begins. */
size_t decision_file_write(struct decision_file *f, struct slice lines);

#endif
