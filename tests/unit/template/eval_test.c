/* Sources and what Jinja2 makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/template/render.h"

static const struct render_case cases[] = {
	{"{{ 0.0 % 9.5 }}|{{ 0 // 8.5 }}|{{ -0.0 % 8.5 }}|{{ 0 // -8.5 }}"
	 "|{{ 7.5 % 1e999 }}|{{ 1e999 % 2.5 }}|{{ -1e-320 % 1e308 }}"
	 "|{{ -7.5 // 2 }}|{{ -7.5 % 2 }}|{{ 7.5 % -2 }}|{{ 1 // 0.1 }}",
	 "0.0|0.0|0.0|-0.0|7.5|nan|1e+308|-4.0|0.5|-0.5|9.0"},
	{"{{ fl }}|{{ fl|tojson }}|{{ big }}|{{ [big]|tojson }}|{{ z"
	 " }}|{{ t }}|{{ [z,t,s,esc] }}",
	 "[0.1, 1e+16, 1e-05, 123456.789, 1e+22, -0.0, 5e-324, 1.797"
	 "6931348623157e+308, 100.0, 0.0001]|[0.1, 1e+16, 1e-05, 123"
	 "456.789, 1e+22, -0.0, 5e-324, 1.7976931348623157e+308, 100"
	 ".0, 0.0001]|123456789012345678901234567890|[12345678901234"
	 "5678901234567890]|None|True|[None, True, 'Hello <b> World'"
	 ", '\\x00\\x1f\\x7f\\xad\\u200b\\ue000\"\\\\\\'\360\237\231"
	 "\202/']"},
	{"{{ esc|tojson }}|{{ esc|tojson(ensure_ascii=true) }}|{{ [e"
	 "sc] }}|{{ d|tojson(indent=3) }}|{{ [[],{}]|tojson(indent=1"
	 ") }}",
	 "\"\\u0000\\u001f\177\302\255\342\200\213\356\200\200\\\"\\"
	 "\\'\360\237\231\202/\"|\"\\u0000\\u001f\\u007f\\u00ad\\u20"
	 "0b\\ue000\\\"\\\\'\\ud83d\\ude42/\"|['\\x00\\x1f\\x7f\\xad"
	 "\\u200b\\ue000\"\\\\\\'\360\237\231\202/']|{\n   \"b\": 1,"
	 "\n   \"a\": \"x\",\n   \"items\": \"key\"\n}|[\n [],\n {}"
	 "\n]"},
	{"[{{ ws.strip() }}][{{ ws|trim }}][{{ ws.split() }}][{{ ws."
	 "lstrip() }}][{{ 'xxaxx'.strip('x') }}][{{ '\303\274x\303"
	 "\274'.strip('\303\274') }}][{{ ws.rstrip('\\n') }}]",
	 "[a \342\200\203b][a \342\200\203b][['a', 'b']][a \342\200"
	 "\203b\011\n][a][x][\034\302\240 a \342\200\203b\011]"},
	{"{{ d['items'] }}{{ d.b }}{{ d.get('q') }}{{ d.get('q','w')"
	 " }}{{ d.keys()|list }}{{ d.values()|list }}{{ d.items()|li"
	 "st }}{{ d|items|list }}{{ d|length }}",
	 "key1Nonew['b', 'a', 'items'][1, 'x', 'key'][('b', 1), ('a'"
	 ", 'x'), ('items', 'key')][('b', 1), ('a', 'x'), ('items', "
	 "'key')]3"},
	{"{{ d.append }}{{ d.append is defined }}{{ l.append is defi"
	 "ned }}",
	 "FalseFalse"},
	{"{{ x }}{{ x is defined }}{{ x|default('q') }}{{ x|length }"
	 "}{{ x ~ 'a' }}{{ x == y }}{{ x|list }}{{ x|join(',') }}",
	 "Falseq0aTrue[]"},
	{"{{ [1] + [2] }}{{ [1]*3 }}{{ 'ab'*2 }}{{ 2*'ab' }}{{ (1,) "
	 "+ (2,3) }}{{ 'a'*-1 }}",
	 "[1, 2][1, 1, 1]abababab(1, 2, 3)"},
	{"{{ s|safe + '\"x\"&' }}|{{ '<' + s|safe }}|{{ s|safe ~ '<'"
	 " }}|{{ s|e }}|{{ (s|safe).upper() + '<' }}|{{ (s|safe)[0:3"
	 "] + '<' }}|{{ (s|safe)|trim + '<' }}|{{ (s|safe).replace('"
	 "l','<') }}",
	 "Hello <b> World&#34;x&#34;&amp;|&lt;Hello <b> World|Hello "
	 "<b> World<|Hello &lt;b&gt; World|HELLO <B> WORLD&lt;|Hel&l"
	 "t;|Hello <b> World&lt;|He&lt;&lt;o <b> Wor&lt;d"},
	{"{{ s[::-1] }}{{ s[-3:] }}{{ s[:-3] }}{{ s[10:2:-2] }}{{ l["
	 "::-1] }}{{ l[5:] }}{{ u[1:4] }}{{ u[-1] }}{{ l[-9:2] }}{{ "
	 "l[9] }}{{ s[99] }}",
	 "dlroW >b< olleHrldHello <b> WoW><o[2, 1, 3][]ber\346\234"
	 "\254[3, 1]"},
	{"{{ 7//2 }}{{ -7//2 }}{{ 7%-3 }}{{ -7%3 }}{{ 7/2 }}{{ 2**10"
	 " }}{{ 2**-1 }}{{ 7.5//2 }}{{ -7.5%2 }}{{ 1e300*1e10 }}{{ t"
	 "rue+1 }}{{ 6/3 }}",
	 "3-4-223.510240.53.00.5inf22.0"},
	{"{{ 1 < 2 < 3 }}{{ 3 > 2 > 2 }}{{ 'a' < 'b' }}{{ [1,2] < [1"
	 ",3] }}{{ 1 == 1.0 }}{{ true == 1 }}{{ '1' == 1 }}{{ none ="
	 "= false }}{{ [1,[2]] == [1,[2]] }}{{ (1,) == [1] }}",
	 "TrueFalseTrueTrueTrueTrueFalseFalseTrueFalse"},
	{"{% for a, b in d.items() %}{{ a }}={{ b }}{{ ',' if not lo"
	 "op.last }}{% endfor %}",
	 "b=1,a=x,items=key"},
	{"{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{"
	 " loop.index }}/{{ loop.length }}{{ loop.previtem }}{{ loop"
	 ".nextitem }}{{ loop.revindex }}{{ loop.first }}{{ loop.cyc"
	 "le('a','b') }}{% endfor %}{{ x }}",
	 "1/313Truea3/311Falsea"},
	{"{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x "
	 "}}{% endfor %}{{ x }}{% if t %}{% set x = 9 %}{% endif %}{"
	 "{ x }}",
	 "13111219"},
	{"{% macro f(a, b='d', c=a) %}[{{ a }}{{ b }}{{ c }}{{ varar"
	 "gs }}{{ kwargs }}]{% endmacro %}{{ f(1) }}{{ f(1,2,3,4,q=5"
	 ") }}{{ f() }}{{ f(b=3) }}",
	 "[1d1(){}][123(4,){'q': 5}][d(){}][3(){}]"},
	{"{% macro f() %}{{ y }}{{ i }}{% endmacro %}{% set y = 5 %}"
	 "{% for i in [1,2] %}{{ f() }}{% endfor %}",
	 "55"},
	{"{% macro f(x) %}{{ caller(x*2) }}{% endmacro %}{% call(q) "
	 "f(4) %}<{{ q }}>{% endcall %}",
	 "<8>"},
	{"{% set ns = namespace(a=1) %}{% for i in l %}{% set ns.a ="
	 " ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b is defined }}{{ "
	 "ns['a'] }}",
	 "7False7"},
	{"{{ m|map('length')|list }}{{ l|map('string')|join }}{{ l|s"
	 "elect('odd')|list }}{{ l|reject('>', 1)|list }}{{ l|select"
	 "('in', [1,2])|list }}",
	 "[3, 3, 2]312[3, 1][1][1, 2]"},
	{"{{ l|sort }}{{ l|sort(reverse=true) }}{{ m|sort(attribute="
	 "'role')|map(attribute='content')|list }}{{ l|first }}{{ l|"
	 "last }}{{ l|min }}{{ l|max }}{{ l|sum }}{{ e|first }}",
	 "[1, 2, 3][3, 2, 1][None, 'hi', 'bye']32136"},
	{"{{ d|dictsort }}{{ {'B':1,'a':2}|dictsort }}{{ {'B':1,'a':"
	 "2}|dictsort(true) }}{{ ['b','B','a']|unique|list }}{{ l|re"
	 "verse|list }}{{ s|reverse }}",
	 "[('a', 'x'), ('b', 1), ('items', 'key')][('a', 2), ('B', 1"
	 ")][('B', 1), ('a', 2)]['b', 'a'][2, 1, 3]dlroW >b< olleH"},
	{"{{ d|sort }}{{ s|list }}{{ d|list }}{{ 'abc'|first }}{{ 'a"
	 "bc'|last }}{{ range(3)|list }}{{ range(5,1,-2)|list }}{{ r"
	 "ange(3) }}{{ range(2)[1] }}",
	 "['a', 'b', 'items']['H', 'e', 'l', 'l', 'o', ' ', '<', 'b'"
	 ", '>', ' ', 'W', 'o', 'r', 'l', 'd']['b', 'a', 'items']ac["
	 "0, 1, 2][5, 3]range(0, 3)1"},
	{"{{ '%s is %d, %.2f %5s|%-5s|%05d %x %%' % ('a', 3, 2.5, 'b"
	 "', 'c', 42, 255) }}{{ '%s' % l }}{{ '%(a)s' % d }}{{ '%s %"
	 "s'|format('a', l) }}{{ '%r' % ['a'] }}",
	 "a is 3, 2.50     b|c    |00042 ff %[3, 1, 2]xa [3, 1, 2]['"
	 "a']"},
	{"{{ '{} {}'.format(1, 'a') }}{{ '{1}{0}{k}'.format(1, 2, k="
	 "3) }}{{ '{{}}'.format() }}",
	 "1 a213{}"},
	{"{{ '3'|int }}{{ '3.7'|int }}{{ 'x'|int }}{{ 'x'|int(5) }}{"
	 "{ ' 12 '|int }}{{ '1_000'|int }}{{ '0x1f'|int(0,16) }}{{ 3"
	 ".9|int }}{{ none|int }}{{ '2.5'|float }}{{ 'inf'|float }}{"
	 "{ '1e3'|float }}{{ l|int }}",
	 "330512100031302.5inf1000.00"},
	{"{{ 2.5|round }}{{ 2.567|round(2) }}{{ 2.1|round(method='ce"
	 "il') }}{{ 7|round }}{{ -3|abs }}",
	 "2.02.573.073"},
	{"{{ lines|indent }}|{{ lines|indent(2, true) }}|{{ lines|in"
	 "dent(2, true, true) }}|{{ lines.splitlines() }}|{{ lines|i"
	 "ndent('>') }}",
	 "a\n\n    b\n    c|  a\n\n  b\n  c|  a\n  \n  b\n  c|['a', "
	 "'', 'b', 'c']|a\n\n>b\n>c"},
	{"{{ 'a,b,,c'.split(',') }}{{ 'a,b,,c'.split(',', 1) }}{{ 'a"
	 ",b,,c'.rsplit(',', 1) }}{{ ''.split() }}{{ ''.split(',') }"
	 "}{{ 'a  b'.split(' ') }}{{ 'a<x>b<x>c'.split('<x>')[-1] }}",
	 "['a', 'b', '', 'c']['a', 'b,,c']['a,b,', 'c'][]['']['a', '"
	 "', 'b']c"},
	{"{{ 'abc'.startswith('ab') }}{{ 'abc'.startswith(('x','a'))"
	 " }}{{ 'abc'.endswith('c') }}{{ 'abcabc'.find('c') }}{{ 'ab"
	 "cabc'.count('bc') }}{{ 'abc'.replace('','-') }}{{ 'aaa'.re"
	 "place('a','b',2) }}{{ 'a-b'|replace('-', '+') }}{{ ','.joi"
	 "n(['a','b']) }}",
	 "TrueTrueTrue22-a-b-c-bbaa+ba,b"},
	{"{{ 'abc'.find('q') }}{{ 'abc'.isdigit() }}{{ '12'.isdigit("
	 ") }}{{ 'Ab'.isalpha() }}{{ ' '.isspace() }}{{ 'prefix_a'.r"
	 "emoveprefix('prefix_') }}",
	 "-1FalseTrueTrueTruea"},
	{"{{ [1,2] is iterable }}{{ s is iterable }}{{ 1 is iterable"
	 " }}{{ d is mapping }}{{ l is sequence }}{{ d is sequence }"
	 "}{{ s is sequence }}{{ x is sequence }}{{ x is iterable }}"
	 "{{ 1 is number }}{{ true is number }}{{ true is integer }}"
	 "{{ 1.0 is float }}{{ z is none }}{{ t is boolean }}{{ t is"
	 " true }}{{ 0 is false }}{{ 'A' is upper }}{{ 4 is divisibl"
	 "eby 2 }}{{ 1 is eq 1 }}{{ 1 is in [1] }}{{ raise_exception"
	 " is callable }}{{ s is string }}",
	 "TrueTrueFalseTrueTrueTrueTrueTrueTrueTrueTrueFalseTrueTrue"
	 "TrueTrueFalseTrueTrueTrueTrueTrueTrue"},
	{"{{ 'a' if false }}{{ ('a' if false) is defined }}{{ 'a' if"
	 " true else 'b' if x else 'c' }}{{ not x and not z or t }}{"
	 "{ 1 if 0 else 2 if 0 else 3 }}",
	 "FalseaTrue3"},
	{"{{ 1, 2 }}{{ (1,) }}{{ () }}{{ [1,] }}{{ {'a':1,} }}{{ {1:"
	 "2, none:3, 1.5:4, true:5} }}{{ {1:2, none:3, 1.5:4}|tojson"
	 " }}",
	 "(1, 2)(1,)()[1]{'a': 1}{1: 5, None: 3, 1.5: 4}{\"1\": 2, "
	 "\"null\": 3, \"1.5\": 4}"},
	{"{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (a, (b)) = [3, 4"
	 "] %}{{ a }}{{ b }}",
	 "1234"},
	{"{% set q %} a {{ s }} {% endset %}[{{ q }}]{% set q | uppe"
	 "r | trim %} a {% endset %}[{{ q }}]{% filter upper %}x{{ s"
	 " }}{% endfilter %}",
	 "[ a Hello <b> World ][A]XHELLO <B> WORLD"},
	{"{% raw %}{{ x }} {% if %}{% endraw %}{# {{ c #}|{%- raw -%"
	 "} a {%- endraw -%} |",
	 "{{ x }} {% if %}|a|"},
	{"  {% if true %}\n  a\n  {%- endif %}\n b {%+ if true %} c "
	 "{% endif +%}\n d {{- s -}}  \n e",
	 "  a b  c \n dHello <b> Worlde"},
	{"{{ '\\n\\t\\x41\\u00e9\\101\\q\\\\' }}{{ \"a'b\" }}{{ 'a' "
	 "'b' }}",
	 "\n\011A\303\251A\\q\\a'bab"},
	{"{% if s is defined and s %}y{% elif x %}n{% else %}z{% end"
	 "if %}{% for i in [] %}a{% else %}b{% endfor %}{% for i in "
	 "x %}a{% endfor %}",
	 "yb"},
	{"{{ strftime_now('%d %b %Y %H:%M %A') }}",
	 "10 Jul 2025 12:00 Thursday"},
	{"{{ m[0].content }}{{ m[0]['k'].v }}{{ m.0.role }}{{ m[-1]."
	 "k is defined }}{{ m[5] is defined }}{{ s.foo is defined }}"
	 "{{ s['upper']() }}{{ m[0].k.q }}",
	 "hi2userFalseFalseFalseHELLO <B> WORLD"},
	{"{{ 1.a }}", ""},
	{"{{ n.real is defined }}{{ (5).foo }}{{ l.foo }}{{ l['foo']"
	 " }}{{ d[[1]] is defined }}",
	 "TrueFalse"},
	{"{{ 'a' in d }}{{ 1 in l }}{{ 'H' in s }}{{ 1 not in l }}{{"
	 " x in l }}{{ 'a' in x }}{{ none in [none] }}",
	 "TrueTrueTrueFalseFalseFalseTrue"},
	{"{{ l|join(', ') }}{{ m|join(',', attribute='role') }}{{ [1"
	 ",none,'a']|join('|') }}",
	 "3, 1, 2user,tool,user1|None|a"},
	{"{{ -true }}{{ +n }}{{ -f }}{{ - 3 }}{{ 3-1 }}{{ 3 -1 }}{{ "
	 "-2|abs }}{{ 2**3**2 }}",
	 "-17-2.5-322264"},
	{"{{ {'a': {'b': 1}}.a.b }}{{ {'a': 1}['a'] }}{{ [[1,2],[3]]"
	 "[0][1] }}{{ 'abc'[1] }}{{ ('a','b')[0] }}",
	 "112ba"},
	{"{{ dict(a=1, b=2) }}{{ dict({'x': 1}, y=2) }}{{ namespace("
	 "a=1) }}",
	 "{'a': 1, 'b': 2}{'x': 1, 'y': 2}<Namespace {'a': 1}>"},
	{"{{ loop }}{% for i in [1] %}{% for j in [1,2] %}{{ loop.in"
	 "dex }}{% endfor %}{{ loop.index }}{% endfor %}",
	 "121"},
	{"{% for m in m if m.content %}{{ m.content }}{{ loop.length"
	 " }}{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for c"
	 " in 'a\303\261' %}{{ c }},{% endfor %}",
	 "hi2bye2baitemsa,\303\261,"},
	{"{% for i in range(3) %}{% if i == 1 %}{% break %}{% endif "
	 "%}{{ i }}{% endfor %}{% for i in l|reverse %}{{ i }}{{ loo"
	 "p.last }}{% endfor %}",
	 "02False1False3True"},
	{"{{ s|attr('upper') is defined }}{{ 'x'|center(6) }}|{{ 'xy"
	 "'|center(5) }}|",
	 "True  x   |  xy |"},
	{"{{ e|map('nope')|list }}{{ z|selectattr('a')|list }}", "[][]"},
	{"{% set t = 'añ日😀' * 5 %}{{ t|length }}{{ t[9] }}{{ t[3:12] }}{{ "
	 "t[-1] }}{{ ('é' * 0)|length }}{{ t[17:99] }}",
	 "20ñ😀añ日😀añ日😀😀0ñ日😀"},
	{"{{ d.items()[0] }}{{ d.items()|first }}{{ d.keys()|join(',"
	 "') }}{{ d.items()|length }}{{ d.values() }}",
	 "('b', 1)b,a,items3dict_values([1, 'x', 'key'])"},
	{"{{ l[1:]|first }}{{ l[:1] + l[2:] }}{{ s[z:2] }}{{ l[none:"
	 "none] }}",
	 "1[3, 2]He[3, 1, 2]"},
	{"{{ [x, y] }}{{ [s|safe] }}{{ {'a': x} }}",
	 "[Undefined, Undefined][Markup('Hello <b> World')]{'a': Und"
	 "efined}"},
	{"{{ __class__ }}{{ s.__class__ }}{{ s._x }}", ""},
	{"{{ l|tojson(indent=2, separators=(',', ':')) }}{{ l|tojson"
	 "(none, 2) }}{{ l|tojson(indent='--') }}{{ {'b':1,'a':[]}|t"
	 "ojson(sort_keys=true, indent=0) }}",
	 "[\n  3,\n  1,\n  2\n][\n  3,\n  1,\n  2\n][\n--3,\n--1,\n-"
	 "-2\n]{\n\"a\": [],\n\"b\": 1\n}"},
	{"{% set x = s.split(' ') %}{{ x[0] ~ x|last }}{{ '' ~ none "
	 "~ 1.0 ~ true ~ [1] }}",
	 "HelloWorldNone1.0True[1]"},
	{"{%- if true -%}   x   {%- endif -%}   y", "xy"},
};

static void sources_give_what_jinja_gives(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error err = {0};
		struct buf out;
		buf_init(&out);
		enum status status = render(cases[i].source, RENDER_CONTEXT,
					    NULL, &out, &err);
		if (status != OK ||
		    !slice_equal(buf_slice(&out), slice_of(cases[i].want)))
			print_message("%s\n%s\n%.*s%s\n", cases[i].source,
				      cases[i].want, SLICE_ARG(buf_slice(&out)),
				      err.text);
		assert_int_equal(status, OK);
		assert_true(
			slice_equal(buf_slice(&out), slice_of(cases[i].want)));
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_give_what_jinja_gives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
