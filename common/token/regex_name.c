#include "common/token/regex_name.h"

#include "common/token/property_tables.h"
#include "common/token/unicode.h"

#define MAX_NAME 48

#define C(name) (1u << CATEGORY_##name)
#define LETTER  (C(LU) | C(LL) | C(LT) | C(LM) | C(LO))
#define CASED   (C(LU) | C(LL) | C(LT))
#define MARK    (C(MN) | C(MC) | C(ME))
#define NUMBER  (C(ND) | C(NL) | C(NO))
#define PUNCT   (C(PC) | C(PD) | C(PS) | C(PE) | C(PI) | C(PF) | C(PO))
#define SYMBOL  (C(SM) | C(SC) | C(SK) | C(SO))
#define SPACES  (C(ZS) | C(ZL) | C(ZP))

/* Without \p{C} and \p{Cs}, whose surrogates no text holds. */
static const struct {
	const char *name;
	unsigned categories;
} category[] = {
	{"l", LETTER},
	{"letter", LETTER},
	{"lu", C(LU)},
	{"uppercaseletter", C(LU)},
	{"ll", C(LL)},
	{"lowercaseletter", C(LL)},
	{"lt", C(LT)},
	{"titlecaseletter", C(LT)},
	{"lc", CASED},
	{"casedletter", CASED},
	{"lm", C(LM)},
	{"modifierletter", C(LM)},
	{"lo", C(LO)},
	{"otherletter", C(LO)},
	{"m", MARK},
	{"mark", MARK},
	{"combiningmark", MARK},
	{"mn", C(MN)},
	{"nonspacingmark", C(MN)},
	{"mc", C(MC)},
	{"spacingmark", C(MC)},
	{"me", C(ME)},
	{"enclosingmark", C(ME)},
	{"n", NUMBER},
	{"number", NUMBER},
	{"nd", C(ND)},
	{"decimalnumber", C(ND)},
	{"digit", C(ND)},
	{"nl", C(NL)},
	{"letternumber", C(NL)},
	{"no", C(NO)},
	{"othernumber", C(NO)},
	{"p", PUNCT},
	{"punctuation", PUNCT},
	{"punct", PUNCT},
	{"pc", C(PC)},
	{"connectorpunctuation", C(PC)},
	{"pd", C(PD)},
	{"dashpunctuation", C(PD)},
	{"ps", C(PS)},
	{"openpunctuation", C(PS)},
	{"pe", C(PE)},
	{"closepunctuation", C(PE)},
	{"pi", C(PI)},
	{"initialpunctuation", C(PI)},
	{"pf", C(PF)},
	{"finalpunctuation", C(PF)},
	{"po", C(PO)},
	{"otherpunctuation", C(PO)},
	{"s", SYMBOL},
	{"symbol", SYMBOL},
	{"sm", C(SM)},
	{"mathsymbol", C(SM)},
	{"sc", C(SC)},
	{"currencysymbol", C(SC)},
	{"sk", C(SK)},
	{"modifiersymbol", C(SK)},
	{"so", C(SO)},
	{"othersymbol", C(SO)},
	{"z", SPACES},
	{"separator", SPACES},
	{"zs", C(ZS)},
	{"spaceseparator", C(ZS)},
	{"zl", C(ZL)},
	{"lineseparator", C(ZL)},
	{"zp", C(ZP)},
	{"paragraphseparator", C(ZP)},
	{"cc", C(CC)},
	{"control", C(CC)},
	{"cntrl", C(CC)},
	{"cf", C(CF)},
	{"format", C(CF)},
	{"co", C(CO)},
	{"privateuse", C(CO)},
};

static bool is_among(unsigned categories, uint32_t c)
{
	return categories >> unicode_category(c) & 1;
}

static void add_categories(unsigned categories, struct regex_set *out)
{
	uint32_t first = 0, size = 1u << UNICODE_SHIFT;
	bool in = false, uniform = false;

	for (uint32_t at = 0; at <= UNICODE_LAST; at += size) {
		uint32_t block = at >> UNICODE_SHIFT;

		/* Long stretches are one block, over and over. */
		if (uniform && unicode_first[block] == unicode_first[block - 1])
			continue;
		uniform = is_among(categories, at) == in || at == 0;
		for (uint32_t c = at; c < at + size; c++) {
			bool has = is_among(categories, c);

			if (has == in)
				continue;
			uniform = uniform && c == at;
			if (in)
				regex_set_add(out, first, c - 1);
			first = c;
			in = has;
		}
	}
	if (in)
		regex_set_add(out, first, UNICODE_LAST);
}

static bool plain_name(struct slice name, char out[MAX_NAME])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == ' ' || c == '-' || c == '_')
			continue;
		if (n + 1 == MAX_NAME)
			return false;
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	out[n] = '\0';
	return n > 0;
}

static bool add_table(const char *name, struct regex_set *out)
{
	for (size_t i = 0; i < unicode_property_n; i++) {
		const struct unicode_property *p = &unicode_property[i];

		if (strcmp(p->name, name) != 0)
			continue;
		for (size_t k = p->start; k < (size_t)p->start + p->n; k++)
			regex_set_add(out, unicode_range[k * 2],
				      unicode_range[k * 2 + 1]);
		return true;
	}
	return false;
}

bool regex_name_property(struct slice name, struct regex_set *out)
{
	char plain[MAX_NAME];

	if (!plain_name(name, plain))
		return false;
	if (strcmp(plain, "any") == 0) {
		regex_set_add(out, 0, UNICODE_LAST);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(category); i++) {
		if (strcmp(plain, category[i].name) != 0)
			continue;
		add_categories(category[i].categories, out);
		return true;
	}
	return add_table(plain, out);
}

bool regex_name_letter(char letter, bool in_brackets, struct regex_set *out)
{
	/* Word characters that only the larger set has. */
	static const struct regex_range lacking[] = {
		{0xb2, 0xb3}, {0xb9, 0xb9}, {0xbc, 0xbe}};
	struct regex_set word = {0};

	switch (letter) {
	case 'd': add_categories(C(ND), out); return true;
	case 's':
		add_categories(SPACES, out);
		regex_set_add(out, '\t', '\r');
		regex_set_add(out, 0x85, 0x85);
		return true;
	case 'h':
		regex_set_add(out, '0', '9');
		regex_set_add(out, 'A', 'F');
		regex_set_add(out, 'a', 'f');
		return true;
	case 'w': break;
	default: return false;
	}
	(void)add_table("word", &word);
	regex_set_sort(&word);
	for (size_t i = 0; in_brackets && i < ARRAY_LEN(lacking); i++)
		for (uint32_t c = lacking[i].first; c <= lacking[i].last; c++)
			regex_set_remove(&word, c);
	regex_set_join(out, &word);
	regex_set_fini(&word);
	return true;
}

/* What can be seen, and blanks besides if `blanks`. */
static void add_visible(bool blanks, struct regex_set *out)
{
	struct regex_set hidden = {0};

	add_categories(C(CC) | C(CN) | SPACES, &hidden);
	regex_set_add(&hidden, 0xd800, 0xdfff);
	regex_set_sort(&hidden);
	regex_set_negate(&hidden);
	regex_set_join(out, &hidden);
	if (blanks)
		add_categories(C(ZS), out);
	regex_set_fini(&hidden);
}

static bool add_composed(const char *name, struct regex_set *out)
{
	if (strcmp(name, "graph") == 0 || strcmp(name, "print") == 0) {
		add_visible(name[0] == 'p', out);
	} else if (strcmp(name, "punct") == 0) {
		add_categories(PUNCT | SYMBOL, out);
	} else if (strcmp(name, "alnum") == 0) {
		(void)add_table("alphabetic", out);
		add_categories(C(ND), out);
	} else if (strcmp(name, "blank") == 0) {
		add_categories(C(ZS), out);
		regex_set_add(out, '\t', '\t');
	} else if (strcmp(name, "ascii") == 0) {
		regex_set_add(out, 0, 0x7f);
	} else {
		return false;
	}
	return true;
}

bool regex_name_posix(struct slice name, struct regex_set *out)
{
	static const struct {
		const char *name, *table;
		char letter;
		unsigned categories;
	} row[] = {
		{"alpha", .table = "alphabetic"},
		{"lower", .table = "lowercase"},
		{"upper", .table = "uppercase"},
		{"word", .letter = 'w'},
		{"space", .letter = 's'},
		{"digit", .letter = 'd'},
		{"xdigit", .letter = 'h'},
		{"cntrl", .categories = C(CC)},
	};
	char plain[MAX_NAME];

	if (name.n >= MAX_NAME)
		return false;
	memcpy(plain, name.p, name.n);
	plain[name.n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (strcmp(plain, row[i].name) != 0)
			continue;
		if (row[i].table)
			return add_table(row[i].table, out);
		if (row[i].letter)
			return regex_name_letter(row[i].letter, true, out);
		add_categories(row[i].categories, out);
		return true;
	}
	return add_composed(plain, out);
}
