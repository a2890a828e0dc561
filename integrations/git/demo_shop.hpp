// The files of the demo's shop as its developers first wrote them: plain Python that runs, tests included.
#pragma once

namespace hotfixd::git::demo_shop {

inline constexpr const char* kReadme = R"(# shop

A little web shop: carts, coupons, card payments. Amounts are cents.

    python3 -m unittest discover -s tests -t .

We work in git-flow: features go to `develop`, a release is cut as `release/<version>`, `main` holds
what was released, and a tag on it goes to production. VERSION and CHANGELOG.md change on release and
hotfix branches only.
)";

inline constexpr const char* kCart = R"("""The cart: what a customer is about to buy. Amounts are cents."""


def new_cart(customer):
    return {"customer": customer, "lines": [], "coupon": {}}


def add(cart, sku, price, quantity=1):
    cart["lines"].append({"sku": sku, "price": price, "quantity": quantity})
    return cart


def subtotal(cart):
    return sum(line["price"] * line["quantity"] for line in cart["lines"])
)";

inline constexpr const char* kCoupons = R"("""Coupons: a code, and how many per cent it takes off."""

PERCENT_OFF = {"WELCOME10": 10}


def percent_off(coupon):
    return PERCENT_OFF.get(coupon.get("code"), 0)
)";

inline constexpr const char* kCheckout = R"("""Checkout: from a cart to a paid order. Amounts are cents."""

from src.cart import subtotal
from src.coupons import percent_off
from src.payment import charge

FREE_SHIPPING_FROM = 5000
SHIPPING = 490


class EmptyCart(Exception):
    """There is nothing to pay for."""


def shipping(amount):
    return 0 if amount >= FREE_SHIPPING_FROM else SHIPPING


def total(cart):
    """What the customer pays, coupon and shipping included."""
    amount = subtotal(cart)
    percent = percent_off(cart["coupon"])
    amount -= amount * percent // 100
    return amount + shipping(amount)


def place_order(cart, card):
    """Charges the card and returns the order."""
    if not cart["lines"]:
        raise EmptyCart()

    amount = total(cart)
    receipt = charge(card, amount)
    return {
        "customer": cart["customer"],
        "lines": cart["lines"],
        "amount": amount,
        "receipt": receipt,
    }
)";

inline constexpr const char* kPayment = R"("""Card payments through the gateway."""

import hashlib


class Declined(Exception):
    """The bank said no."""


def charge(card, amount):
    """Charges `amount` cents and returns the gateway's receipt number."""
    if card.get("blocked"):
        raise Declined(card["number"][-4:])
    key = "{}:{}".format(card["number"], amount)
    return "r-" + hashlib.sha256(key.encode()).hexdigest()[:12]
)";

inline constexpr const char* kTestCheckout = R"(import unittest

from src.cart import add, new_cart
from src.checkout import EmptyCart, place_order, total

CARD = {"number": "4242424242424242"}


def cart_with_coupon(price):
    cart = add(new_cart("ada"), "mug", price)
    cart["coupon"] = {"code": "WELCOME10"}
    return cart


class CheckoutTest(unittest.TestCase):
    def test_a_coupon_takes_its_per_cent_off(self):
        self.assertEqual(total(cart_with_coupon(2000)), 1800 + 490)

    def test_a_large_order_ships_free(self):
        self.assertEqual(total(cart_with_coupon(10000)), 9000)

    def test_an_order_has_a_receipt(self):
        order = place_order(cart_with_coupon(2000), CARD)
        self.assertEqual(order["amount"], 2290)
        self.assertTrue(order["receipt"].startswith("r-"))

    def test_an_empty_cart_is_refused(self):
        with self.assertRaises(EmptyCart):
            place_order(new_cart("ada"), CARD)


if __name__ == "__main__":
    unittest.main()
)";

inline constexpr const char* kTestCart = R"(import unittest

from src.cart import add, new_cart, subtotal


class CartTest(unittest.TestCase):
    def test_the_subtotal_counts_quantities(self):
        cart = add(add(new_cart("ada"), "mug", 1200, 2), "tea", 450)
        self.assertEqual(subtotal(cart), 2850)


if __name__ == "__main__":
    unittest.main()
)";

inline constexpr const char* kLoyalty = R"("""Loyalty: one point for every full euro, a cent off for every point."""

_points = {}


def points(customer):
    return _points.get(customer, 0)


def earn(customer, amount):
    _points[customer] = points(customer) + amount // 100
)";

inline constexpr const char* kRedeem = R"(

def redeem(customer, amount):
    """Pays a part of `amount` with the customer's points."""
    spent = min(points(customer), amount)
    _points[customer] = points(customer) - spent
    raise NotImplementedError("take the spent points off the amount, and give them back on a declined card")
)";

inline constexpr const char* kTestLoyalty = R"(import unittest

from src.loyalty import earn, points


class LoyaltyTest(unittest.TestCase):
    def test_an_order_earns_points(self):
        earn("grace", 2290)
        self.assertEqual(points("grace"), 22)


if __name__ == "__main__":
    unittest.main()
)";

inline constexpr const char* kGiftCards = R"("""Gift cards: money that was paid before. Amounts are cents."""


def new_gift_card(code, balance):
    return {"number": code, "balance": balance}


def spend(gift_card, amount):
    """Takes as much of `amount` as there is, and returns what is left to pay."""
    taken = min(gift_card["balance"], amount)
    gift_card["balance"] -= taken
    return amount - taken
)";

inline constexpr const char* kTestGiftCards = R"(import unittest

from src.gift_cards import new_gift_card, spend
from src.payment import Declined, charge


class GiftCardTest(unittest.TestCase):
    def test_a_gift_card_pays_what_it_can(self):
        card = new_gift_card("G-1", 1000)
        self.assertEqual(spend(card, 1500), 500)
        self.assertEqual(card["balance"], 0)

    def test_a_short_gift_card_is_declined(self):
        with self.assertRaises(Declined):
            charge(new_gift_card("G-2", 100), 500)


if __name__ == "__main__":
    unittest.main()
)";

inline constexpr const char* kStock =
    R"("""Stock: what is on the shelf. A product that is not listed is made to order."""

SHELF = {"mug": 40, "tea": 120}


class OutOfStock(Exception):
    """Not enough on the shelf."""


def check(lines):
    for line in lines:
        if line["quantity"] > SHELF.get(line["sku"], line["quantity"]):
            raise OutOfStock(line["sku"])
)";

}  // namespace hotfixd::git::demo_shop
