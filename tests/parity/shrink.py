"""From a text on which two sides differ to a small one."""

MAX_TRIES = 3000


def shrink(text, differs):
    """Takes out ever smaller pieces, then makes characters plain, as long
    as `differs` holds."""
    tries = [0]

    def still(candidate):
        tries[0] += 1
        return tries[0] <= MAX_TRIES and differs(candidate)

    size = max(len(text) // 2, 1)
    while size >= 1:
        text, removed = remove_pieces(text, size, still)
        if not removed:
            size //= 2
    return make_plain(text, still)


def remove_pieces(text, size, still):
    at, removed = 0, False
    while at < len(text):
        candidate = text[:at] + text[at + size:]
        if candidate != text and still(candidate):
            text, removed = candidate, True
        else:
            at += size
    return text, removed


def make_plain(text, still):
    for at, char in enumerate(text):
        for plain in "a ":
            candidate = text[:at] + plain + text[at + 1:]
            if char not in "a " and still(candidate):
                text = candidate
                break
    return text
