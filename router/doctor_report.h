/* What the doctor has found, for people and for programs. */
#ifndef ROUTER_DOCTOR_REPORT_H
#define ROUTER_DOCTOR_REPORT_H

#include "router/doctor.h"

/* A paragraph a worker, and a last line; `colours`: of a terminal. */
void doctor_report_text(const struct fleet *f, bool colours, struct buf *out);
/* {"ok":…,"models":[…],"workers":[{…}]} as /workers has them. */
void doctor_report_json(const struct fleet *f, struct buf *out);

#endif
