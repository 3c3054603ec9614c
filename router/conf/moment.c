#include "router/conf/moment.h"

#include <time.h>

/* "dddd-dd-dd": 'd' stands for a digit, all else for itself. */
static bool has_form(struct slice text, const char *form)
{
	if (text.n != strlen(form))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		bool is_digit = text.p[i] >= '0' && text.p[i] <= '9';

		if (form[i] == 'd' ? !is_digit : text.p[i] != form[i])
			return false;
	}
	return true;
}

static int number_at(struct slice text, size_t at, size_t n)
{
	int value = 0;

	for (size_t i = at; i < at + n && i < text.n; i++)
		value = value * 10 + (text.p[i] - '0');
	return at < text.n ? value : 0;
}

enum status moment_parse(struct slice text, uint64_t *us)
{
	struct tm tm = {0}, made;
	time_t s;

	if (!has_form(text, "dddd-dd-dd") &&
	    !has_form(text, "dddd-dd-ddTdd:dd:ddZ"))
		return ERR_INVALID;
	tm.tm_year = number_at(text, 0, 4) - 1900;
	tm.tm_mon = number_at(text, 5, 2) - 1;
	tm.tm_mday = number_at(text, 8, 2);
	tm.tm_hour = number_at(text, 11, 2);
	tm.tm_min = number_at(text, 14, 2);
	tm.tm_sec = number_at(text, 17, 2);
	made = tm;
	s = timegm(&made);
	/* What was put right was wrong. */
	if (s < 0 || made.tm_mon != tm.tm_mon || made.tm_mday != tm.tm_mday ||
	    made.tm_hour != tm.tm_hour || made.tm_min != tm.tm_min ||
	    made.tm_sec != tm.tm_sec)
		return ERR_INVALID;
	*us = (uint64_t)s * 1000000;
	return OK;
}
