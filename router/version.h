/* What was built, from what. */
#ifndef ROUTER_VERSION_H
#define ROUTER_VERSION_H

extern const char version_text[];   /* "0.1.0" */
extern const char version_commit[]; /* "0123456789ab", or "unknown" */

#endif
