/* Named sets: \p{...}, [:...:] and the letters \w, \s, \d, \h. As Oniguruma
 * has them, with the tables of this folder. Pure; any thread. */
#ifndef COMMON_TOKEN_REGEX_NAME_H
#define COMMON_TOKEN_REGEX_NAME_H

#include "common/base/slice.h"
#include "common/token/regex_set.h"

/* Adds the set; false if the name is not known. Case, blanks, - and _ in a
 * name do not count. */
bool regex_name_property(struct slice name, struct regex_set *out);
bool regex_name_posix(struct slice name, struct regex_set *out);
/* `letter` is one of w, s, d, h. Within brackets \w is a smaller set. */
bool regex_name_letter(char letter, bool in_brackets, struct regex_set *out);

#endif
