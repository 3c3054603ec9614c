/* What a replay found, for people and for programs. Pure. */
#ifndef ROUTER_DECISION_REPLAY_REPORT_H
#define ROUTER_DECISION_REPLAY_REPORT_H

#include "router/decision/replay.h"

void replay_report_text(const struct replay *r, struct buf *out);
/* An object. */
void replay_report_json(const struct replay *r, struct buf *out);

#endif
