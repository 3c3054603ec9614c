/* Which state of a file was read: tells without reading whether it has
 * changed. Blocking. */
#ifndef ROUTER_CONF_STAMP_H
#define ROUTER_CONF_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct conf_stamp {
	uint64_t device, inode, bytes;
	int64_t changed_ns;
};

/* All zero where there is no such file. */
struct conf_stamp conf_stamp_of(const char *file);
bool conf_stamp_equal(const struct conf_stamp *a, const struct conf_stamp *b);

#endif
