#include "router/version.h"

#ifndef WARMPATH_VERSION
#define WARMPATH_VERSION "unknown"
#define WARMPATH_COMMIT  "unknown"
#endif

const char version_text[] = WARMPATH_VERSION;
const char version_commit[] = WARMPATH_COMMIT;
