/* The page for a browser: GET / where HTML is asked for, /page.css and
 * /page.js. They are files of router/admin/page, in the program itself; what
 * the page shows it asks of the other routes. Nothing is loaded from
 * elsewhere, and the browser is told to hold it to that. Main thread. */
#ifndef ROUTER_ADMIN_PAGE_H
#define ROUTER_ADMIN_PAGE_H

#include <stdbool.h>

#include "router/admin/visit.h"

/* Of a browser, not of curl. */
bool page_is_wanted(const struct visit *v);
void page_serve(struct visit *v);

#endif
