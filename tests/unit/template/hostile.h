/* Templates that do one thing over and over, with what makes it slow: for the
 * tests of what it is charged, and for the bench of what that takes. */
#ifndef TESTS_UNIT_TEMPLATE_HOSTILE_H
#define TESTS_UNIT_TEMPLATE_HOSTILE_H

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"

/* Values to try everything on. `#` stands for a size. The context has `d`, a
 * dict of that many keys, `f`, as many floats, and `n`, a deep nest. */
static const struct hostile_value {
	const char *name, *set;
} hostile_value[] = {
	{"ascii", "{% set v = 'a' * # %}"},
	{"accents", "{% set v = '\xc3\xa9' * # %}"},
	{"blanks", "{% set v = ' ' * # %}"},
	{"tags", "{% set v = '<' * # %}"},
	{"controls", "{% set v = '\\x01' * # %}"},
	{"sigmas", "{% set v = '\xce\xa3' * # %}"},
	{"wide", "{% set v = '\xef\xac\x81' * # %}"},
	{"words", "{% set v = 'a B\\n' * # %}"},
	{"dots", "{% set v = '.' * # %}"},
	{"percents", "{% set v = '%%' * # %}"},
	{"braces", "{% set v = '{{' * # %}"},
	{"markup", "{% set v = ('<' * #) | safe %}"},
	{"ints", "{% set v = [1] * # %}"},
	{"texts", "{% set v = ['ab'] * # %}"},
	{"dicts", "{% set v = [{'a': 'b'}] * # %}"},
	{"numbers", "{% set v = range([#, 99999]|min) | list %}"},
	{"reversed", "{% set v = range([#, 99999]|min) | list | reverse "
		     "| list %}"},
	{"tuples", "{% set v = d.items() | list %}"},
	{"dict", "{% set v = d %}"},
	{"floats", "{% set v = f %}"},
	{"nest", "{% set v = n %}"},
	{"number", "{% set v = # %}"},
	{"float", "{% set v = #.1e-300 %}"},
	{"none", "{% set v = none %}"},
	{"undefined", ""},
};

/* Behind `v`, in `{% set x = v... %}`. */
static const char *const hostile_use[] = {
	/* filters */
	"|abs",
	"|attr('a')",
	"|capitalize",
	"|center(#)",
	"|count",
	"|default(1, true)",
	"|dictsort",
	"|dictsort(by='value')",
	"|escape",
	"|first",
	"|float",
	"|format(1, 2, 3)",
	"|indent",
	"|indent(#)",
	"|indent(v, true, true)",
	"|int",
	"|int(0, 16)",
	"|items",
	"|join",
	"|join(v)",
	"|join(',', attribute='a')",
	"|last",
	"|length",
	"|list",
	"|lower",
	"|map('upper')",
	"|map(attribute='a.b.c')|list",
	"|map('length')|list",
	"|max",
	"|min",
	"|reject|list",
	"|rejectattr('a')|list",
	"|replace('a', 'bb')",
	"|replace('', 'x')",
	"|replace(v, 'x')",
	"|reverse",
	"|round(15)",
	"|safe",
	"|select|list",
	"|select('in', v)|list",
	"|select('equalto', v)|list",
	"|selectattr('a', 'in', v)|list",
	"|sort",
	"|sort(attribute='a,a,a,a')",
	"|sort(case_sensitive=true)",
	"|string",
	"|sum",
	"|sum(attribute='a')",
	"|title",
	"|tojson",
	"|tojson(true)",
	"|tojson(indent=200)",
	"|tojson(sort_keys=true)",
	"|trim",
	"|trim('ab')",
	"|trim(v)",
	"|unique|list",
	"|unique(attribute='a')|list",
	"|upper",
	/* methods */
	".strip()",
	".strip('ab')",
	".strip(v)",
	".lstrip()",
	".rstrip(v)",
	".split()",
	".split('a')",
	".split(v)",
	".split('aaab')",
	".rsplit('a', 3)",
	".rsplit('baaa')",
	".rsplit(v)",
	".splitlines()",
	".title()",
	".capitalize()",
	".startswith(v)",
	".endswith(v)",
	".startswith((v, 'b', v))",
	".replace('a', v[:100])",
	".replace(v, v)",
	".replace('aaaaaaab', '')",
	".find('b')",
	".find('aaaaaaaaaaaaaaab')",
	".find(v)",
	".count('a')",
	".count('aaab')",
	".count(v)",
	".join(v)",
	".format(v, v, v)",
	".isspace()",
	".isdigit()",
	".isalpha()",
	".removeprefix(v)",
	".removesuffix(v)",
	".get(v)",
	".get('a')",
	".items()",
	".keys()",
	".values()|list",
	".copy()",
	".index(v)",
	".count(2)",
	".index(2)",
	/* tests */
	" is defined",
	" is string",
	" is lower",
	" is upper",
	" is odd",
	" is divisibleby 7",
	" is eq v",
	" is in v",
	" is sameas v",
	" is filter",
	" is test",
	" is callable",
	" is iterable",
	/* operators */
	" + v",
	" ~ v ~ v",
	" * 3",
	" % v",
	" % (1, 2)",
	" ** 9",
	" // 3",
	" == v",
	" != v",
	" < v",
	" in v",
	" in [v, v]",
	" not in d",
	" and v",
	"[0]",
	"[-1]",
	"[#]",
	"[-#]",
	"[500]",
	"[1:]",
	"[:-1]",
	"[::-1]",
	"[::2]",
	"[-5:5]",
	"['a']",
	".a",
	" if v else v",
};

/* Each by itself; `p` comes before the loop. */
static const struct hostile_case {
	const char *name, *before, *body;
} hostile_case[] = {
	{"nothing", "", ""},
	{"a number", "", "{% set x = 1 %}"},
	{"a sum", "", "{% set x = 1 + 2 * 3 - 4 %}"},
	{"text put out", "", "abc{{ 'd' }}"},
	{"long text put out", "{% set v = 'a' * # %}", "{{ v }}"},
	{"a sum of texts put out", "{% set v = 'a' * # %}", "{{ v + v + v }}"},
	{"a list", "", "{% set x = [1, 2, 3, 4] %}"},
	{"a dict", "", "{% set x = {'a': 1, 'b': 2, 3: 4} %}"},
	{"dict(d)", "", "{% set x = dict(d) %}"},
	{"dict(d, **d)", "", "{% set x = dict(d, **d) %}"},
	{"namespace(d)", "", "{% set x = namespace(d) %}"},
	{"namespace(**d)", "", "{% set x = namespace(**d) %}"},
	{"an attribute set", "{% set s = namespace(a=1) %}",
	 "{% set s.a = s.a + 1 %}"},
	{"many attributes", "{% set s = namespace(d) %}", "{% set s.q = 1 %}"},
	{"range", "", "{% set x = range([#, 99999]|min) %}"},
	{"a loop", "", "{% for i in d %}{% endfor %}"},
	{"a loop over text", "{% set v = 'a' * # %}",
	 "{% for i in v %}{% endfor %}"},
	{"a loop with a condition", "{% set v = [1] * # %}",
	 "{% for i in v if i %}{% endfor %}"},
	{"loop.*", "",
	 "{% for i in [1, 2] %}{% set x = loop.previtem, loop.nextitem, "
	 "loop.revindex0, loop.cycle(1, 2), loop.last %}{% endfor %}"},
	{"a macro", "{% macro m(a, b=1) %}{{ a }}{% endmacro %}",
	 "{% set x = m(1) %}"},
	{"a macro with a dict",
	 "{% macro m() %}{{ kwargs|length }}{% endmacro %}",
	 "{% set x = m(**d) %}"},
	{"a macro with a list",
	 "{% macro m() %}{{ varargs|length }}{% endmacro %}{% set v = [1] * # "
	 "%}",
	 "{% set x = m(*v) %}"},
	{"a macro that calls itself",
	 "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
	 "{% endmacro %}",
	 "{% set x = m(50) %}"},
	{"a call block", "{% macro m() %}{{ caller() }}{% endmacro %}",
	 "{% call m() %}a{% endcall %}"},
	{"a block kept", "{% set v = 'a' * # %}",
	 "{% set x %}{{ v }}{% endset %}"},
	{"a block filtered", "{% set v = 'a' * # %}",
	 "{% filter upper %}{{ v }}{% endfilter %}"},
	{"indexing", "{% set v = 'a\xc3\xa9' * # %}",
	 "{% set x = v[(a * 7919 + b) % #] %}"},
	{"indexing in order", "{% set v = 'a\xc3\xa9' * # %}",
	 "{% set x = v[b] %}"},
	{"an int read", "", "{% set x = '1234567890123456'|int %}"},
	{"a float read", "", "{% set x = '1.2345678901234567e-308'|float %}"},
	{"a float written", "", "{% set x = 1.2345678901234567e-308|string %}"},
	{"floats written", "", "{% set x = f|string %}"},
	{"a float rounded", "", "{% set x = 1.7e308|round(15) %}"},
	{"%f", "", "{% set x = '%1000.1000f' % 1.7e308 %}"},
	{"%s padded", "", "{% set x = '%1000s' % 1 %}"},
	{"%d", "", "{% set x = '%1000d' % 7 %}"},
	{"%(name)s", "", "{% set x = '%(k1)s%(k2)s' % d %}"},
	{"{name}", "", "{% set x = '{k1}{k2}'.format(**d) %}"},
	{"a power", "", "{% set x = 3 ** 39 %}"},
	{"a power of one", "", "{% set x = 1 ** 999999999999 %}"},
	{"a power of a float", "", "{% set x = 1.0001 ** 1234.5 %}"},
	{"a date", "", "{% set x = strftime_now('%A %B %c %x %X %Z %s') %}"},
	{"a text that doubles", "{% set s = namespace(v='ab') %}",
	 "{% set s.v = s.v + s.v %}"},
	{"a text that grows", "{% set s = namespace(v='a' * #) %}",
	 "{% set s.v = s.v + 'a' %}"},
	{"a text that grows by replacing", "{% set s = namespace(v='ab') %}",
	 "{% set s.v = s.v|replace('a', 'aba') %}"},
	{"a list that grows", "{% set s = namespace(v=[1] * #) %}",
	 "{% set s.v = s.v + [1] %}"},
	{"a nest that grows", "{% set s = namespace(v=[]) %}",
	 "{% set s.v = [s.v, s.v] %}"},
	{"a nest compared", "{% set s = namespace(v=[], w=[]) %}",
	 "{% set s.v = [s.v, s.v] %}{% set s.w = [s.w, s.w] %}"
	 "{% set x = s.v == s.w %}"},
	{"a nest written", "{% set s = namespace(v=[]) %}",
	 "{% set s.v = [s.v, s.v] %}{% set x = s.v|string %}"},
	{"a dict that grows", "{% set s = namespace(v={}) %}",
	 "{% set s.v = dict(s.v, **{a ~ '-' ~ b: 1}) %}"},
	{"keys of long text", "{% set v = 'a' * # %}",
	 "{% set x = {v: 1}[v] %}"},
	{"keys that are tuples", "{% set v = d.items()|list %}",
	 "{% set x = v|unique|list %}"},
	{"sorting what is nearly alike",
	 "{% set v = ['a' * # ~ 'b', 'a' * # ~ 'a'] * 50 %}",
	 "{% set x = v|sort %}"},
	{"finding what nearly is there",
	 "{% set v = 'a' * # %}{% set w = 'b' ~ 'a' * 40 %}",
	 "{% set x = w in v %}"},
	{"finding what is not at the end",
	 "{% set v = 'a' * # %}{% set w = 'a' * 300 ~ 'b' ~ 'a' * 300 %}",
	 "{% set x = v.find(w) %}"},
	{"replacing what nearly is there",
	 "{% set v = 'aab' * # %}{% set w = 'aaba' * 60 ~ 'c' %}",
	 "{% set x = v|replace(w, '') %}"},
	{"an attribute that is not there", "",
	 "{% set x = d.q.r is defined %}"},
	{"names in many scopes", "",
	 "{% for i in [1] %}{% for j in [1] %}{% for k in [1] %}"
	 "{% set x = a + b + i + j + k + q|length %}"
	 "{% endfor %}{% endfor %}{% endfor %}"},
};

/* `source` with sizes put in. */
static inline void hostile_put(struct buf *out, const char *source, size_t size)
{
	for (; *source; source++)
		if (*source == '#' && source[1] != '}')
			buf_printf(out, "%zu", size);
		else
			buf_putc(out, *source);
}

/* A loop over `body` of `turns`^2 turns. */
static inline void hostile_loop(struct buf *out, const char *before,
				const char *body, size_t size, unsigned turns)
{
	buf_reset(out, SIZE_MAX);
	hostile_put(out, before, size);
	buf_printf(out, "{%% for a in range(%u) %%}{%% for b in range(%u) %%}",
		   turns, turns);
	hostile_put(out, body, size);
	buf_puts(out, "{% endfor %}{% endfor %}");
	buf_putc(out, '\0');
	out->end--;
}

static inline void hostile_context(struct buf *out, size_t size)
{
	buf_reset(out, SIZE_MAX);
	buf_puts(out, "{\"d\":{\"k\":1");
	for (size_t i = 0; i < size; i++)
		buf_printf(out, ",\"k%zu\":%zu", i, i * 7919);
	buf_puts(out, "},\"f\":[0.1");
	for (size_t i = 0; i < size; i++)
		buf_printf(out, ",%zu.123456789012345e-305", i);
	buf_puts(out, "],\"n\":");
	for (size_t i = 0; i < 25; i++)
		buf_puts(out, "[{\"a\":");
	buf_puts(out, "1");
	for (size_t i = 0; i < 25; i++)
		buf_puts(out, "}]");
	buf_puts(out, "}");
	buf_putc(out, '\0');
	out->end--;
}

#endif
