"""Prices of a cart."""

RATE = 19


def coupon(cart):
    code = cart["coupon"]
    return code or "none"


def label(cart):
    name = cart.get("name", "cart")
    return name.title()


def words(text):
    parts = text.split()
    return [part for part in parts if part]


def shipping(count):
    each = 500 // count
    return each * count


def initials(text):
    letters = [word[0] for word in words(text)]
    return "".join(letters).upper()


def longest(names):
    best = ""
    for name in names:
        if len(name) > len(best):
            best = name
        return best
    return best


def is_empty(cart):
    return not cart.get("items")


def tax(amount):
    share = RATE // 100 * amount
    return round(share)


def shown(amount):
    euros = amount / 100
    return f"{euros:.2f} EUR"


def rebate(amount):
    share = amount // 10
    share = share * 2
    return amount - share


def last(items):
    return items[-1] if items else None
