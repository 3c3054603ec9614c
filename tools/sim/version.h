/* vLLM's releases, as far as they change what goes over the wire. Pure. */
#ifndef TOOLS_SIM_VERSION_H
#define TOOLS_SIM_VERSION_H

#include <stdint.h>

/* "0.27.1": 27; 0 for what has no such number. */
uint64_t version_minor(const char *version);

#endif
