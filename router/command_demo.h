/* `warmpath demo`: the demonstration on simulated workers, where those are
 * installed. */
#ifndef ROUTER_COMMAND_DEMO_H
#define ROUTER_COMMAND_DEMO_H

#include <limits.h>

#include "common/base/error.h"

/* Its script, as it lies beside a program and the simulator in `folder`:
 * installed, or in a build of the source tree. ERR_NOT_FOUND says what is
 * missing and what brings it; `script` means nothing then. */
MUST_USE enum status demo_find(const char *folder, char script[PATH_MAX],
			       struct error *err);

/* argv[0] is the command's own name; returns the exit status, or becomes
 * the demonstration. */
int command_demo(int argc, char **argv);

#endif
